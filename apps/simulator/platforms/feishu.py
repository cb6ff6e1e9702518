"""Feishu: encrypted and signed events, JSON inside of JSON, one token as long as it is good, keys that make sending repeatable.

What is encrypted and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, Line, Person, Push, Request
from apps.simulator.uploads import upload_of

TOKEN_LIFETIME: Final = timedelta(hours=2)
MESSAGES: Final = "/open-apis/im/v1/messages"
READ_AFTER: Final = 2.0
UPLOADS: Final = {"/open-apis/im/v1/images": ("image", "image_key"), "/open-apis/im/v1/files": ("file", "file_key")}


class Feishu(Platform):
    kind = "feishu"
    names = ("飞书机器人", "Feishu robot")
    people = (
        Person("ou_7d8a6e6df7621556ce0d21922b676706", "陶然", "工位的显示器坏了，找谁换？", "好的，谢谢！"),
        Person(
            "ou_5ad573a6411d72b8305fda3a9c15c70e", "Nina 倪", "报销单被退回了，是缺什么材料吗？", "明白了，我补一下。"
        ),
    )
    retries = (15.0, 300.0)
    timeout = 3.0
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN_LIFETIME)
        self._token = ""
        self._taken: dict[str, str] = {}
        """Messages by the key under which they were sent."""

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "app_id": "cli_demo0000lindenhaus"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {
            "app_secret": "demo-feishu-app-secret",
            "verification_token": "demo-feishu-verification-token",
            "encrypt_key": "demo-feishu-encrypt-key",
        }

    # --- People write ------------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        kind, content = "text", {"text": line.text}
        if line.file_id:
            file = self.file(line.file_id)
            is_picture = file is not None and file.content_type.startswith("image/")
            named = {"file_key": line.file_id, "file_name": line.file_name}
            kind, content = ("image", {"image_key": line.file_id}) if is_picture else ("file", named)
        message = {
            "message_id": self.new_id("om_"),
            "create_time": _milliseconds(),
            "chat_id": f"oc_{line.person[3:]}",
            "chat_type": "p2p",
            "message_type": kind,
            "content": json.dumps(content, ensure_ascii=False),
        }
        ids = {"open_id": line.person, "union_id": f"on_{line.person[3:]}", "user_id": ""}
        sender = {"sender_id": ids, "sender_type": "user", "tenant_key": "demo"}
        return self._event("im.message.receive_v1", {"sender": sender, "message": message})

    def event(self, name: str, **event: Any) -> None:
        """Something that people do without words."""
        self.courier.push(self._event(name, event))

    def _event(self, name: str, event: Mapping[str, Any]) -> Push:
        header = {
            "event_id": self.new_id(),
            "event_type": name,
            "create_time": _milliseconds(),
            "token": self._secret("verification_token"),
            "app_id": self.account.settings.get("app_id", ""),
            "tenant_key": "demo",
        }
        document = {"schema": "2.0", "header": header, "event": dict(event)}
        plain = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(plain))

    def _call(self, plain: bytes) -> Request:
        body = json.dumps({"encrypt": self._encrypted(plain)}).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(8)
        signed = hashlib.sha256((stamp + nonce + self._secret("encrypt_key")).encode() + body).hexdigest()
        proof = {"X-Lark-Request-Timestamp": stamp, "X-Lark-Request-Nonce": nonce, "X-Lark-Signature": signed}
        return Request(self.account.hook, body, {"Content-Type": "application/json", **proof})

    def _encrypted(self, plain: bytes) -> str:
        vector, missing = secrets.token_bytes(16), 16 - len(plain) % 16
        key = hashlib.sha256(self._secret("encrypt_key").encode()).digest()
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        return base64.b64encode(vector + cipher.update(plain + bytes([missing]) * missing)).decode()

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path == "/open-apis/auth/v3/tenant_access_token/internal":
            return self._sign_in(call.json() or {})
        if not self.tokens.is_valid(call.headers.get("authorization", "").removeprefix("Bearer ")):
            return _error(99991663, "Invalid access token for authorization.")
        if call.method == "POST" and call.path in UPLOADS:
            return self._take_file(call, *UPLOADS[call.path])
        if call.method == "POST" and call.path.startswith(MESSAGES):
            return self._send(call)
        if call.method == "GET" and call.path.startswith(f"{MESSAGES}/"):
            return self._resource(call.path)
        return _error(230001, "Your request contains an invalid request parameter.")

    def _sign_in(self, wanted: Mapping[str, Any]) -> Answer:
        """The same token as long as it is good."""
        is_known = wanted.get("app_id") == self.account.settings.get("app_id")
        if not is_known or wanted.get("app_secret") != self._secret("app_secret"):
            return _error(10014, "app secret invalid", 200)
        with self.lock:
            if not self.tokens.is_valid(self._token):
                self._token = self.tokens.issue()
            return Answer.of({"code": 0, "msg": "ok", "tenant_access_token": self._token, "expire": 7200})

    def _take_file(self, call: Call, part: str, name: str) -> Answer:
        upload = upload_of(call)
        if part not in upload.files:
            return _error(234001, "Invalid request param.")
        return Answer.of({"code": 0, "msg": "success", "data": {name: self.keep(upload.files[part])}})

    def _send(self, call: Call) -> Answer:
        wanted = call.json() or {}
        person, key = str(wanted.get("receive_id", "")), str(wanted.get("uuid", ""))
        if key and key in self._taken:
            return _sent(self._taken[key])
        if call.query.get("receive_id_type") != "open_id" or len(key) > 50:
            return _error(230001, "Your request contains an invalid request parameter.")
        if person not in self.known or self.refusal_for(person):
            return _error(230013, "Bot has NO availability to this user.")
        if self.has_bad_luck():
            return _error(99991400, "request trigger frequency limit", 400, **{"x-ogw-ratelimit-reset": "1"})
        return self._bring(person, key, str(wanted.get("msg_type", "")), _document_in(wanted.get("content")))

    def _bring(self, person: str, key: str, kind: str, content: Mapping[str, Any]) -> Answer:
        text, file_id = str(content.get("text", "")), str(content.get("image_key") or content.get("file_key") or "")
        if not text if kind == "text" else self.file(file_id) is None:
            return _error(230001, "Your request contains an invalid request parameter.")
        line = self.deliver(person, text or f"[{kind}]", file_id=file_id, state="delivered")
        message_id = self.new_id("om_")
        with self.lock:
            self._taken[key or message_id] = message_id
        reader = {"reader_id": {"open_id": line.person}, "read_time": _milliseconds()}
        read = {"reader": reader, "message_id_list": [message_id]}
        self.courier.push(self._event("im.message.message_read_v1", read), after=READ_AFTER)
        return _sent(message_id)

    def _resource(self, path: str) -> Answer:
        file = self.file(path.rpartition("/")[2])
        if file is None:
            return _error(234003, "File not in msg.")
        return Answer(200, file.content, file.content_type, {"Content-Disposition": "attachment"})

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


def _sent(message_id: str) -> Answer:
    return Answer.of({"code": 0, "msg": "success", "data": {"message_id": message_id}})


def _error(code: int, message: str, status: int = 400, **headers: str) -> Answer:
    body = json.dumps({"code": code, "msg": message}).encode()
    return Answer(status, body, headers=headers)


def _document_in(text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _milliseconds() -> str:
    return str(int(time.time() * 1000))
