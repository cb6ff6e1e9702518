"""QQ: events under Ed25519, answers to a message for an hour, each with a number that is taken once.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

TOKEN_LIFETIME: Final = timedelta(hours=2)
MAX_TEXT: Final = 4000
TAKEN: Final = {"op": 12, "d": 0}


class Qq(Platform):
    kind = "qq"
    names = ("QQ 机器人", "QQ robot")
    people = (
        Person("9F2C6A7B0E1D4C5A8B3F6E7D0C1B2A39", "QQ 用户 9F2C", "游戏手柄连不上电脑怎么办？", "好了，能用了！"),
        Person("1A2B3C4D5E6F708192A3B4C5D6E7F809", "QQ 用户 1A2B", "学生优惠怎么认证？", "谢谢客服～"),
    )
    window = timedelta(hours=1)
    quota = 5
    retries = (5.0, 30.0)
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN_LIFETIME)
        self._token = ""
        self._senders: dict[str, str] = {}
        """Who wrote a message, by its id: only those can be answered."""
        self._numbers_taken: set[tuple[str, int]] = set()

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "token_base": api_base, "app_id": "102000001"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"app_secret": "demo-qq-app-secret"}

    def is_taken(self, status: int, body: bytes) -> bool:
        try:
            return status == 200 and json.loads(body) == TAKEN
        except ValueError:
            return False

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        message_id = self.new_id("ROBOT1.0_")
        with self.lock:
            self._senders[message_id] = line.person
        said: dict[str, Any] = {
            "id": message_id,
            "author": {"id": line.person, "user_openid": line.person},
            "content": line.text,
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if file := self.file(line.file_id):
            said["attachments"] = [self._attachment(line.file_id, file)]
        return self._event("C2C_MESSAGE_CREATE", said)

    def event(self, name: str, **said: Any) -> None:
        """Something that people do without words."""
        self.courier.push(self._event(name, said))

    def _attachment(self, file_id: str, file: File) -> dict[str, Any]:
        url = f"{self.account.settings['api_base']}/files/{file_id}"
        return {"content_type": file.content_type, "filename": file.name, "size": len(file.content), "url": url}

    def _event(self, name: str, said: Mapping[str, Any]) -> Push:
        document = {"op": 0, "id": f"{name}:{self.new_id()}", "t": name, "s": 1, "d": dict(said)}
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        stamp, secret = str(int(time.time())), self._secret.encode()
        key = Ed25519PrivateKey.from_private_bytes((secret * (32 // len(secret) + 1))[:32])
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "QQBot-Callback",
            "X-Bot-Appid": str(self.account.settings.get("app_id", "")),
            "X-Signature-Timestamp": stamp,
            "X-Signature-Ed25519": key.sign(stamp.encode() + body).hex(),
        }
        return Request(self.account.hook, body, headers)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/app/getAppAccessToken"):
            return self._sign_in(call.json() or {})
        if call.method == "GET" and call.path.startswith("/files/"):
            file = self.file(call.path.removeprefix("/files/"))
            return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if not self.tokens.is_valid(call.headers.get("authorization", "").removeprefix("QQBot ")):
            return _error(11244, "token not exist or expire", 401)
        match [call.method, *call.path.split("/")[1:]]:
            case ["POST", "v2", "users", person, "files"]:
                return self._take_file(person, call.json() or {})
            case ["POST", "v2", "users", person, "messages"]:
                return self._send(person, call.json() or {})
        return _error(11255, "invalid request")

    def _sign_in(self, wanted: Mapping[str, Any]) -> Answer:
        """The same token as long as it is good; its seconds come as text."""
        if wanted.get("appId") != self.account.settings.get("app_id") or wanted.get("clientSecret") != self._secret:
            return _error(100016, "invalid appid or secret", 200)
        with self.lock:
            if not self.tokens.is_valid(self._token):
                self._token = self.tokens.issue()
            return Answer.of({"access_token": self._token, "expires_in": "7200"})

    def _take_file(self, person: str, wanted: Mapping[str, Any]) -> Answer:
        kind = {1: "image/png", 2: "video/mp4"}.get(int(wanted.get("file_type") or 0))
        if kind is None or person not in self.known or wanted.get("srv_send_msg") is not False:
            return _error(40034004, "invalid file")
        file_id = self.keep(File("file", kind, base64.b64decode(str(wanted.get("file_data", "")))))
        return Answer.of({"file_uuid": self.new_id(), "file_info": file_id, "ttl": 0})

    def _send(self, person: str, wanted: Mapping[str, Any]) -> Answer:
        message_id, number = str(wanted.get("msg_id", "")), int(wanted.get("msg_seq") or 0)
        if self._senders.get(message_id) != person:
            return _error(40034024, "请求参数msg_id无效或越权")
        if (message_id, number) in self._numbers_taken:
            return _error(40054005, "消息被去重，请检查请求msgseq")
        if self.has_bad_luck():
            return _error(22009, "msg limit exceed")
        if refusal := self.refusal_for(person):
            return _error(*REFUSALS[refusal])
        return self._bring(person, message_id, number, wanted)

    def _bring(self, person: str, message_id: str, number: int, wanted: Mapping[str, Any]) -> Answer:
        text, file_id = str(wanted.get("content", "")).strip(), str((wanted.get("media") or {}).get("file_info", ""))
        is_media = wanted.get("msg_type") == 7
        if self.file(file_id) is None if is_media else not 0 < len(text) <= MAX_TEXT:
            return _error(40034004, "invalid message")
        with self.lock:
            self._numbers_taken.add((message_id, number))
        self.deliver(person, "[image]" if is_media else text, file_id=file_id, state="delivered")
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        return Answer.of({"id": self.new_id("ROBOT1.0_"), "timestamp": stamp})

    @property
    def _secret(self) -> str:
        return str(self.account.secrets.get("app_secret", ""))


REFUSALS: Final = {
    "blocked": (40034024, "请求参数msg_id无效或越权"),
    "window": (304027, "消息已过期"),
    "quota": (22009, "msg limit exceed"),
}


def _error(code: int, message: str, status: int = 400) -> Answer:
    return Answer.of({"code": code, "message": message, "trace_id": "demo"}, status)
