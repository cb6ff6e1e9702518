"""X: a question by which the platform checks the address, signed bodies without a time, requests signed with OAuth 1.0a.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

from apps.simulator.platform import Platform
from apps.simulator.shapes import Answer, Call, File, Line, Person, Push, Request

MAX_TEXT: Final = 10_000
FIELD: Final = re.compile(r'(\w+)="([^"]*)"')


class X(Platform):
    kind = "x"
    names = ("X 私信", "X direct messages")
    people = (
        Person("20000101", "Jonas Reyes", "The parcel says delivered, but nothing is here?", "Found it, thank you!"),
        Person("20000102", "小满 Mandy", "积分什么时候到账呀？", "好的谢谢～"),
    )
    retries = (5.0, 60.0)
    timeout = 10.0
    takes_files = True

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "user_id": "10000001", "consumer_key": "demo-x-consumer-key"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {
            "consumer_secret": "demo-x-consumer-secret",
            "access_token": "10000001-demo-x-token",
            "access_token_secret": "demo-x-token-secret",
        }

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"text": line.text, "entities": {"urls": []}}
        if file := self.file(line.file_id):
            link = f"{self._setting('api_base')}/dm-media/{line.file_id}"
            kind = "video" if file.content_type.startswith("video/") else "photo"
            short = f"https://t.co/{line.file_id[-8:]}"
            about = {"id": line.file_id, "type": kind, "media_url_https": link, "url": short}
            said |= {"text": f"{line.text} {short}", "attachment": {"type": "media", "media": about}}
        return self._event("dm.received", line, line.person, self._account, said)

    def validate(self) -> None:
        """The platform asks whether the address is still the company's; it does so every hour."""
        query = urlencode({"crc_token": self.new_id("crc")})
        self.courier.push(Push(lambda: Request(f"{self.account.hook}?{query}", method="GET")))

    def read(self, person: str) -> None:
        """The customer has read everything."""
        last = next(line for line in reversed(self.conversation(person)) if not line.is_own)
        about = {"sender_id": person, "target": {"recipient_id": self._account}, "last_read_event_id": _id(last)}
        self.courier.push(self._push("dm.read", {"direct_message_mark_read_events": [about]}))

    def _event(self, kind: str, line: Line, sender: str, receiver: str, said: Mapping[str, Any]) -> Push:
        event = {
            "type": "message_create",
            "id": _id(line),
            "created_timestamp": str(int(line.at.timestamp() * 1000)),
            "message_create": {
                "sender_id": sender,
                "target": {"recipient_id": receiver},
                "message_data": dict(said),
            },
        }
        people = {line.person: {"id": line.person, "name": self.person(line.person).name, "screen_name": "someone"}}
        return self._push(kind, {"direct_message_events": [event], "users": people})

    def _push(self, kind: str, payload: Mapping[str, Any]) -> Push:
        about = {"event_uuid": self.new_id(), "filter": {"user_id": self._account}, "event_type": kind, "tag": "demo"}
        body = json.dumps({"data": {**about, "payload": dict(payload)}}).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        digest = hmac.new(self._secret("consumer_secret").encode(), body, hashlib.sha256).digest()
        signed = {"x-twitter-webhooks-signature": f"sha256={base64.b64encode(digest).decode()}"}
        return Request(self.account.hook, body, {"Content-Type": "application/json", **signed})

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if not self._is_signed(call):
            return _problem(401, "about:blank", "Unauthorized")
        match call.method, call.path.split("/")[1:]:
            case "POST", ["2", "dm_conversations", "with", person, "messages"]:
                return self._send(person, call.json() or {})
            case "POST", ["2", "media", "upload"]:
                return self._upload(call)
            case "GET", ["2", "users", "me"]:
                return Answer.of({"data": {"id": self._account, "name": "Demo", "username": "demo"}})
            case "GET", ["dm-media", file_id]:
                file = self.file(file_id)
                return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        return _problem(404, "https://api.x.com/2/problems/resource-not-found", "Not Found Error")

    def _is_signed(self, call: Call) -> bool:
        """The parameters of the header without the signature, sorted and escaped twice, under both secrets."""
        fields = {name: unquote(value) for name, value in FIELD.findall(call.headers.get("authorization", ""))}
        given = fields.pop("oauth_signature", "")
        known = (self._setting("consumer_key"), self._secret("access_token"))
        if (fields.get("oauth_consumer_key"), fields.get("oauth_token")) != known:
            return False
        if abs(time.time() - int(fields.get("oauth_timestamp", "0"))) > 300:
            return False
        sorted_fields = sorted({**fields, **call.query}.items())
        parameters = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted_fields)
        place = f"{self._setting('api_base')}{call.path}"
        signed = "&".join(quote(part, safe="") for part in (call.method, place, parameters))
        key = f"{quote(self._secret('consumer_secret'), safe='')}&{quote(self._secret('access_token_secret'), safe='')}"
        digest = hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(given, base64.b64encode(digest).decode())

    def _send(self, person: str, wanted: Mapping[str, Any]) -> Answer:
        text = str(wanted.get("text", ""))
        files = wanted.get("attachments") or [{}]
        file_id = str(files[0].get("media_id", ""))
        if person not in self.known:
            return _problem(404, "https://api.x.com/2/problems/resource-not-found", "User not found")
        if len(text) > MAX_TEXT or not (text or self.file(file_id)):
            return _problem(400, "https://api.x.com/2/problems/invalid-request", "Invalid Request")
        if self.has_bad_luck():
            reset = str(int(time.time()) + 1)
            return Answer(429, b'{"title":"Too Many Requests"}', headers={"x-rate-limit-reset": reset})
        if self.refusal_for(person):
            errors = [{"code": 349, "message": "You cannot send messages to this user."}]
            return Answer.of({"errors": errors}, 403)
        line = self.deliver(person, text or "[file]", file_id=file_id, state="delivered")
        said: dict[str, Any] = {"text": text}
        if file_id:
            said["attachment"] = {"type": "media", "media": {"id": file_id, "type": "photo"}}
        self.courier.push(self._event("dm.sent", line, self._account, person, said))
        return Answer.of({"data": {"dm_conversation_id": f"{person}-{self._account}", "dm_event_id": _id(line)}}, 201)

    def _upload(self, call: Call) -> Answer:
        head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
        message = email.message_from_bytes(head + call.body)
        for part in message.walk():
            content = part.get_payload(decode=True)
            if part.get_param("name", header="content-disposition") == "media" and isinstance(content, bytes):
                file = File(part.get_filename() or "media", part.get_content_type(), content)
                return Answer.of({"data": {"id": self.keep(file), "media_key": "3_1"}})
        return _problem(400, "https://api.x.com/2/problems/invalid-request", "Invalid Request")

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def _account(self) -> str:
        return self._setting("user_id")

    def _setting(self, name: str) -> str:
        return str(self.account.settings.get(name, ""))

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


def _problem(status: int, kind: str, title: str) -> Answer:
    return Answer.of({"type": kind, "title": title, "status": status, "detail": title}, status)


def _id(line: Line) -> str:
    return f"{int(line.at.timestamp() * 1000)}{line.number:05d}"
