"""Viber: events signed with the account's token, numbers of 64 bits, an answer of 200 whatever happened.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Any, Final

from apps.simulator.platform import Platform
from apps.simulator.shapes import Answer, Call, Line, Person, Push, Request
from apps.simulator.uploads import fetched

MAX_TEXT: Final = 7000
DELIVERED_AFTER: Final = 0.5
SEEN_AFTER: Final = 3.0


class Viber(Platform):
    kind = "viber"
    names = ("Viber", "Viber")
    people = (
        Person("01234567890A=", "Ivana Petrova", "Здравейте! Can I pick the order up in Sofia?", "Благодаря!"),
        Person("01234567890B=", "Nikos Dimou", "The delivery note lists two chairs, I ordered four.", "Thank you."),
    )
    retries = (1.0, 10.0, 60.0)
    timeout = 10.0
    takes_files = True

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "sender_name": "Lindenhaus", "account": "lindenhausdemo"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"auth_token": "demo-viber-auth-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"type": "text", "text": line.text}
        if file := self.file(line.file_id):
            kind = {"image": "picture", "video": "video"}.get(file.content_type.partition("/")[0], "file")
            link = f"{self.account.settings['api_base']}/cdn/{line.file_id}"
            said = {"type": kind, "text": line.text, "media": link, "file_name": file.name}
        sender = {"id": line.person, "name": self.person(line.person).name, "language": "en"}
        return self._event("message", _token(), sender=sender, message=said)

    def event(self, person: str, name: str, **fields: Any) -> None:
        """Something a customer does without words."""
        self.courier.push(self._event(name, _token(), user_id=person, **fields))

    def _event(self, name: str, token: int, **fields: Any) -> Push:
        document = {"event": name, "timestamp": int(time.time() * 1000), "message_token": token, **fields}
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Viber-Content-Signature": signature}
        return Request(self.account.hook, body, headers)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/cdn/"):
            file = self.file(call.path.removeprefix("/cdn/"))
            return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if call.headers.get("x-viber-auth-token") != self._secret:
            return _status(2, "invalidAuthToken")
        if call.path == "/pa/get_account_info":
            return _status(0, "ok", name="Lindenhaus")
        if call.path == "/pa/send_message":
            return self._send(call.json() or {})
        return _status(3, "badData")

    def _send(self, wanted: dict[str, Any]) -> Answer:
        person, text = str(wanted.get("receiver", "")), str(wanted.get("text", ""))
        kind, link = wanted.get("type"), str(wanted.get("media", ""))
        if not (wanted.get("sender") or {}).get("name") or kind not in ("text", "picture", "video", "file"):
            return _status(4, "missingData")
        if not (0 < len(text) <= MAX_TEXT if kind == "text" else link):
            return _status(3, "badData")
        if self.has_bad_luck():
            return _status(12, "tooManyRequests")
        if person not in self.known or self.refusal_for(person):
            return _status(6, "receiverNotSubscribed")
        file = fetched(link) if link else None
        self.deliver(person, text or f"[{kind}]", file_id=self.keep(file) if file else "", state="delivered")
        token = _token()
        self.courier.push(self._event("delivered", token, user_id=person), after=DELIVERED_AFTER)
        self.courier.push(self._event("seen", token, user_id=person), after=SEEN_AFTER)
        return _status(0, "ok", message_token=token)

    @property
    def _secret(self) -> str:
        return str(self.account.secrets.get("auth_token", ""))


def _token() -> int:
    return 2**62 + secrets.randbelow(2**61)


def _status(code: int, message: str, **more: Any) -> Answer:
    return Answer.of({"status": code, "status_message": message, **more})
