"""Slack: signed events with a time, errors that come with the status 200, echoes of what the app writes, uploads in three steps.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from html import escape, unescape
from typing import Any, Final

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

TEAM: Final = "T0DEMO001"
APP: Final = "A0DEMO001"
BOT: Final = "U0DEMOBOT"
MAX_TEXT: Final = 40_000


class Slack(Platform):
    kind = "slack"
    names = ("Slack 服务台", "Slack help desk")
    people = (
        Person("U0DEMO101", "Nora Winter", "Could you add a second user to our account?", "Perfect, thanks!"),
        Person("U0DEMO102", "陈一帆", "发票抬头写错了，可以重开吗？", "收到，谢谢！"),
    )
    retries = (0.5, 60.0, 300.0)
    timeout = 3.0
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self._uploads: dict[str, File] = {}

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "team_id": TEAM}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"signing_secret": "demo-slack-signing-secret", "bot_token": "xoxb-demo-slack-bot-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"user": line.person, "text": escape(line.text, quote=False)}
        if file := self.file(line.file_id):
            said |= {"subtype": "file_share", "files": [self._about(line.file_id, file)]}
        return self._event("message", self._said(line, said))

    def happen(self, kind: str, **fields: Any) -> None:
        """Something else that the platform tells of."""
        self.courier.push(self._event(kind, fields))

    def change(self, line: Line, text: str) -> None:
        before = {"type": "message", "user": line.person, "text": escape(line.text, quote=False), "ts": _ts(line)}
        after = {**before, "text": escape(text, quote=False), "edited": {"user": line.person}}
        about = {"message": after, "previous_message": before}
        self.happen("message", **self._said(line, {"subtype": "message_changed", **about}, ts=f"{time.time():.6f}"))

    def delete(self, line: Line) -> None:
        before = {"type": "message", "user": line.person, "text": escape(line.text, quote=False), "ts": _ts(line)}
        about = {"subtype": "message_deleted", "deleted_ts": _ts(line), "previous_message": before}
        self.happen("message", **self._said(line, about, ts=f"{time.time():.6f}"))

    def _said(self, line: Line, said: Mapping[str, Any], *, ts: str = "") -> dict[str, Any]:
        return {"channel": _direct(line.person), "channel_type": "im", "ts": ts or _ts(line), **said}

    def _event(self, kind: str, fields: Mapping[str, Any]) -> Push:
        document = {
            "token": "old",
            "team_id": self.account.settings.get("team_id", ""),
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": self.new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
            "event": {"type": kind, **fields},
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        stamp = str(int(time.time()))
        base = f"v0:{stamp}:".encode() + body
        signed = hmac.new(self._secret("signing_secret").encode(), base, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}
        return Request(self.account.hook, body, {"Content-Type": "application/json", **headers})

    def _about(self, file_id: str, file: File) -> dict[str, Any]:
        url = f"{self.account.settings['api_base']}/files-pri/{file_id}"
        return {"id": file_id, "name": file.name, "mimetype": file.content_type, "url_private_download": url}

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/upload/"):
            return self._take_upload(call)
        if call.headers.get("authorization") != f"Bearer {self._secret('bot_token')}":
            return _no("invalid_auth")
        if call.path.startswith("/files-pri/"):
            file = self.file(call.path.removeprefix("/files-pri/"))
            return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        match call.path:
            case "/chat.postMessage":
                return self._post(call.json() or {})
            case "/conversations.open":
                return _yes(channel={"id": _direct(call.form().get("users", ""))})
            case "/users.info":
                return self._person(call.form().get("user", ""))
            case "/auth.test":
                return _yes(team_id=self.account.settings.get("team_id", ""), user_id=BOT)
            case "/files.getUploadURLExternal":
                return self._offer_upload(call.form())
            case "/files.completeUploadExternal":
                return self._share(call.json() or {})
        return _no("unknown_method")

    def _post(self, wanted: Mapping[str, Any]) -> Answer:
        text = unescape(str(wanted.get("text", "")))
        if not text:
            return _no("no_text")
        if len(text) > MAX_TEXT:
            return _no("msg_too_long")
        if (refusal := self._refusal(wanted)) is not None:
            return refusal
        line = self.deliver(_person_of(wanted["channel"]), text, state="delivered")
        self._echo(line, {"text": escape(text, quote=False)})
        return _yes(channel=wanted["channel"], ts=_ts(line))

    def _refusal(self, wanted: Mapping[str, Any]) -> Answer | None:
        if self.has_bad_luck():
            return Answer(429, b'{"ok":false,"error":"ratelimited"}', headers={"Retry-After": "1"})
        person = _person_of(wanted.get("channel") or wanted.get("channel_id"))
        if person not in self.known:
            return _no("channel_not_found")
        return _no("is_archived") if self.refusal_for(person) else None

    def _echo(self, line: Line, said: Mapping[str, Any]) -> None:
        own = {"bot_id": "B0DEMO001", "app_id": APP, "user": BOT, **said}
        self.courier.push(self._event("message", self._said(line, own)))

    def _person(self, user: str) -> Answer:
        if user not in self.known:
            return _no("user_not_found")
        profile = {"real_name": self.known[user].name, "email": f"{user.lower()}@example.com"}
        return _yes(user={"id": user, "team_id": TEAM, "profile": profile})

    def _offer_upload(self, form: Mapping[str, str]) -> Answer:
        file_id = self.new_id("F")
        self._uploads[file_id] = File(form.get("filename", "file"), "application/octet-stream", b"")
        return _yes(upload_url=f"{self.account.settings['api_base']}/upload/{file_id}", file_id=file_id)

    def _take_upload(self, call: Call) -> Answer:
        file_id = call.path.removeprefix("/upload/")
        if file_id not in self._uploads:
            return Answer(404, b"", "text/plain")
        self._uploads[file_id] = File(self._uploads[file_id].name, "application/octet-stream", call.body)
        return Answer(200, b"OK", "text/plain")

    def _share(self, wanted: Mapping[str, Any]) -> Answer:
        files = wanted.get("files") or [{}]
        file_id = str(files[0].get("id", ""))
        if not self._uploads.get(file_id, File("", "", b"")).content:
            return _no("file_not_found")
        if (refusal := self._refusal(wanted)) is not None:
            return refusal
        file = self._uploads.pop(file_id)
        line = self.deliver(_person_of(wanted["channel_id"]), "[file]", file_id=self.keep(file), state="delivered")
        self._echo(line, {"text": "", "files": [self._about(line.file_id, file)]})
        return _yes(files=[{"id": file_id, "title": file.name}])

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


def _yes(**fields: Any) -> Answer:
    return Answer.of({"ok": True, **fields})


def _no(error: str) -> Answer:
    return Answer.of({"ok": False, "error": error})


def _direct(person: str) -> str:
    """The channel between the app and one person."""
    return f"D{person[1:]}"


def _person_of(channel: object) -> str:
    return f"U{str(channel)[1:]}"


def _ts(line: Line) -> str:
    """Seconds with six digits, which tell messages of one channel apart."""
    return f"{int(line.at.timestamp())}.{line.number:06d}"
