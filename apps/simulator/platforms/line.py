"""LINE: signed bodies with several events, tokens of a quarter of an hour, answers that are free for a minute.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import timedelta
from typing import Any, Final

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, Line, Person, Push, Request
from apps.simulator.uploads import fetched

ACCOUNT: Final = "U0000000000000000000000000000d3m0"
TOKEN: Final = timedelta(minutes=15)
REPLY_TOKEN_SECONDS: Final = 60
MAX_TEXT: Final = 5000
MAX_MESSAGES: Final = 5


class LineMessenger(Platform):
    kind = "line"
    names = ("LINE 官方账号", "LINE")
    people = (
        Person("U00000000000000000000000000000001", "佐藤みなみ", "ソファの配送日を変更できますか？", "ありがとうございます！"),
        Person("U00000000000000000000000000000002", "陳柏翰", "請問沙發套可以單買嗎？", "好的，謝謝。"),
    )  # fmt: skip
    retries = (10.0, 60.0)
    timeout = 2.0
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN, keeps_old=True)
        self._reply_tokens: dict[str, tuple[str, float]] = {}
        """Whose question each answers, and when it was asked; taken out with its use."""
        self._pushed: dict[str, str] = {}
        """What was accepted under which retry key."""
        self._contents: dict[str, str] = {}

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "data_base": api_base, "channel_id": "2000000001"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"channel_secret": "demo-line-channel-secret"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        message_id = self._number()
        said: dict[str, Any] = {"type": "text", "text": line.text, "quoteToken": secrets.token_hex(8)}
        if file := self.file(line.file_id):
            self._contents[message_id] = line.file_id
            kind = {"audio": "audio", "video": "video", "image": "image"}.get(file.content_type.split("/")[0], "file")
            said = {"type": kind, "fileName": file.name, "contentProvider": {"type": "line"}}
        return self._event("message", line.person, message={"id": message_id, **said})

    def event(self, person: str, name: str, **fields: Any) -> None:
        """Something a customer does without words."""
        self.courier.push(self._event(name, person, **fields))

    def _event(self, name: str, person: str, **fields: Any) -> Push:
        token = secrets.token_hex(16)
        with self.lock:
            self._reply_tokens[token] = (person, time.monotonic())
        event = {
            "type": name,
            "mode": "active",
            "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": person},
            "webhookEventId": self.new_id("01").upper(),
            "deliveryContext": {"isRedelivery": False},
            "replyToken": token,
            **fields,
        }
        body = json.dumps({"destination": ACCOUNT, "events": [event]}, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        digest = hmac.digest(self._secret.encode(), body, hashlib.sha256)
        headers = {"Content-Type": "application/json", "x-line-signature": base64.b64encode(digest).decode()}
        return Request(self.account.hook, body, headers)

    def _number(self) -> str:
        return str(secrets.randbelow(10**18))

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path == "/oauth2/v3/token":
            return self._sign_in(call.form())
        if not self.tokens.is_valid(call.headers.get("authorization", "").removeprefix("Bearer ")):
            return _refusal(401, "Authentication failed. Confirm that the access token is valid.")
        match call.method, call.path.split("/")[1:]:
            case "GET", ["v2", "bot", "info"]:
                return Answer.of({"userId": ACCOUNT, "displayName": "Lindenhaus"})
            case "GET", ["v2", "bot", "profile", person] if person in self.known:
                return Answer.of({"userId": person, "displayName": self.person(person).name})
            case "GET", ["v2", "bot", "message", message_id, "content"]:
                file = self.file(self._contents.get(message_id, ""))
                return Answer(200, file.content, file.content_type) if file else _refusal(404, "Not found")
            case "POST", ["v2", "bot", "message", "reply"]:
                return self._reply(call)
            case "POST", ["v2", "bot", "message", "push"]:
                return self._push(call)
        return _refusal(404, "Not found")

    def _sign_in(self, form: dict[str, str]) -> Answer:
        known = (form.get("client_id"), form.get("client_secret"))
        if form.get("grant_type") != "client_credentials" or known != (
            self.account.settings["channel_id"],
            self._secret,
        ):
            return Answer.of({"error": "invalid_client", "error_description": "Invalid client."}, 400)
        return Answer.of({"token_type": "Bearer", "access_token": self.tokens.issue(), "expires_in": 900})

    def _reply(self, call: Call) -> Answer:
        wanted = call.json() or {}
        with self.lock:
            person, asked = self._reply_tokens.pop(str(wanted.get("replyToken")), ("", 0.0))
        if not person or time.monotonic() - asked > REPLY_TOKEN_SECONDS * self.mischief.pace:
            return _refusal(400, "Invalid reply token")
        return self._bring(person, wanted.get("messages"))

    def _push(self, call: Call) -> Answer:
        key, wanted = call.headers.get("x-line-retry-key", ""), call.json() or {}
        with self.lock:
            before = self._pushed.get(key)
        if before:
            answer = _refusal(409, "The retry key is already accepted")
            return Answer(409, answer.body, headers={"x-line-accepted-request-id": before})
        answer = self._bring(str(wanted.get("to", "")), wanted.get("messages"))
        if answer.status == 200 and key:
            with self.lock:
                self._pushed[key] = self.new_id("request-")
        return answer

    def _bring(self, person: str, messages: Any) -> Answer:
        wanted = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
        if not 0 < len(wanted) <= MAX_MESSAGES or not all(_is_valid(one) for one in wanted):
            return _refusal(400, "The request body has 1 error(s)")
        if self.has_bad_luck():
            return _refusal(429, "The API rate limit has been exceeded. Try again later.")
        if person not in self.known or self.refusal_for(person):
            return _refusal(400, "Failed to send messages")
        for one in wanted:
            file = fetched(str(one["originalContentUrl"])) if one["type"] == "image" else None
            file_id = self.keep(file) if file else ""
            self.deliver(person, str(one.get("text") or "[image]"), file_id=file_id, state="delivered")
        return Answer.of({"sentMessages": [{"id": self._number(), "quoteToken": secrets.token_hex(8)} for _ in wanted]})

    @property
    def _secret(self) -> str:
        return str(self.account.secrets.get("channel_secret", ""))


def _is_valid(message: dict[str, Any]) -> bool:
    if message.get("type") == "image":
        return all(str(message.get(name, "")).startswith("http") for name in ("originalContentUrl", "previewImageUrl"))
    return message.get("type") == "text" and 0 < len(str(message.get("text", ""))) <= MAX_TEXT


def _refusal(status: int, message: str) -> Answer:
    return Answer.of({"message": message}, status)
