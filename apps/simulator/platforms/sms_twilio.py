"""Twilio: signed forms about messages and their states; sending by form with basic authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from apps.simulator.platforms.phones import PhonePlatform
from apps.simulator.shapes import Answer, Call, Line, Person, Push, Request

MAX_BODY: Final = 1600


class Twilio(PhonePlatform):
    kind = "sms_twilio"
    names = ("国际短信（Twilio）", "Text messages (Twilio)")
    retries = (1.0,)
    timeout = 15.0
    takes_files = True
    people = (
        Person("+15005550110", "Mia Brooks", "Hi, my lamp arrived without its power adapter.", "Great, thank you!"),
        Person("+15005550111", "Owen Hart", "Can I still change the delivery address of my order?", "Perfect, thanks."),
        Person("+15005550404", "Ivy Stone", "Please call me back about the broken shelf.", ""),
    )

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {
            "api_base": api_base,
            "account_sid": "AC00000000000000000000000000000001",
            "sender": "+15005550006",
        }

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"auth_token": "demo-twilio-auth-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        fields = {
            "ToCountry": "US",
            "MessageSid": self.new_id("SM00000000"),
            "AccountSid": self.account_sid,
            "From": line.person,
            "To": str(self.account.settings.get("sender", "")),
            "Body": line.text,
            "NumSegments": "1",
            "NumMedia": "0",
            "ApiVersion": "2010-04-01",
        }
        fields["SmsMessageSid"] = fields["SmsSid"] = fields["MessageSid"]
        if line.text.strip().upper() in {"STOP", "START", "HELP"}:
            fields["OptOutType"] = line.text.strip().upper()
        if line.file_id:
            fields |= self._media(line.file_id)
        return Push(lambda: self._signed(self.account.hook, fields))

    def _media(self, file_id: str) -> dict[str, str]:
        file = self.file(file_id)
        base = str(self.account.settings.get("api_base", ""))
        url = f"{base}/2010-04-01/Accounts/{self.account_sid}/Messages/MM1/Media/{file_id}"
        return {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": file.content_type if file else ""}

    def _signed(self, url: str, fields: dict[str, str]) -> Request:
        text = url + "".join(name + fields[name] for name in sorted(fields))
        digest = hmac.new(self.auth_token.encode(), text.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        return Request(url, urlencode(fields).encode(), headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if not self._is_proved(call):
            return _refusal(401, 20003, "Authenticate")
        root = f"/2010-04-01/Accounts/{self.account_sid}"
        if call.path == f"{root}.json":
            return Answer.of({"sid": self.account_sid, "status": "active", "friendly_name": "Lindenhaus"})
        if call.path.startswith(f"{root}/Messages/") and "/Media/" in call.path:
            return self._file(call.path.rpartition("/")[2])
        if call.path == f"{root}/Messages.json" and call.method == "POST":
            return self._send(call.form())
        return _refusal(404, 20404, "The requested resource was not found")

    def _is_proved(self, call: Call) -> bool:
        expected = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        return call.headers.get("authorization") == f"Basic {expected}"

    def _send(self, form: dict[str, str]) -> Answer:
        to, text = form.get("To", ""), form.get("Body", "")
        if self.has_bad_luck():
            return _refusal(429, 20429, "Too Many Requests")
        if not (to.startswith("+") and to[1:].isdigit()):
            return _refusal(400, 21211, "The 'To' number is not a valid phone number.")
        if not text:
            return _refusal(400, 21602, "Message body is required.")
        if len(text) > MAX_BODY:
            return _refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if self.refusal_for(to) == "blocked":
            return _refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        line = self.deliver(to, text)
        sid = self.new_id("SM00000000")
        if url := form.get("StatusCallback", ""):
            self.courier.push(self._status(url, sid, to, "sent"), after=self.report_after / 2)
            final = "undelivered" if self.is_unreachable(to) else "delivered"
            self.report_soon(line, self._status(url, sid, to, final))
        sent = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        return Answer.of({"sid": sid, "status": "queued", "to": to, "num_segments": "1", "date_created": sent}, 201)

    def _status(self, url: str, sid: str, to: str, status: str) -> Push:
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.account_sid,
            "To": to,
            "ApiVersion": "2010-04-01",
        }
        if status == "undelivered":
            fields["ErrorCode"] = "30003"
        return Push(lambda: self._signed(url, fields))

    def _file(self, file_id: str) -> Answer:
        file = self.file(file_id)
        return Answer(200, file.content, file.content_type) if file else _refusal(404, 20404, "Not found")

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def account_sid(self) -> str:
        return str(self.account.settings.get("account_sid", ""))

    @property
    def auth_token(self) -> str:
        return str(self.account.secrets.get("auth_token", ""))


def _refusal(status: int, code: int, message: str) -> Answer:
    return Answer.of({"code": code, "message": message, "status": status}, status)
