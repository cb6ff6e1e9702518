"""Telegram: updates with an agreed word in a header, methods under the bot's token, no window and no receipts.

What is checked and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import itertools
import json
import time
from typing import Any, Final

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request
from apps.simulator.uploads import Upload, upload_of

MAX_TEXT: Final = 4096
SENDING: Final = {
    "sendPhoto": "photo",
    "sendVoice": "voice",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendDocument": "document",
}


class Telegram(Platform):
    kind = "telegram"
    names = ("Telegram", "Telegram")
    people = (
        Person("5000000041", "Sofia Marin", "Hi! Do you ship the oak shelf to Spain?", "Gracias, perfect!"),
        Person("5000000042", "林知夏", "我的订单显示已签收，但是没有收到。", "好的，麻烦你们了。"),
    )
    retries = (1.0, 5.0, 25.0)
    timeout = 10.0
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        # Telegram counts on for ever; what this run counts must not look like what an earlier one did.
        self._updates = itertools.count(int(time.time()))
        self._messages = itertools.count(int(time.time()) % 10**9)

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"bot_token": "7000000001:AA-demo-telegram-bot-token", "secret_token": "demo-telegram-secret-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"text": line.text}
        if file := self.file(line.file_id):
            said = {"caption": line.text, **_described(file, line.file_id)}
        return self._update("message", {**self._place(line.person), "from": self._who(line.person), **said})

    def edit(self, person: str, number: int, text: str) -> None:
        """The customer changes what they wrote."""
        edited = {**self._place(person), "message_id": number, "edit_date": int(time.time()), "text": text}
        self.courier.push(self._update("edited_message", {**edited, "from": self._who(person)}))

    def block(self, person: str) -> None:
        """The customer wants no more of the bot."""
        self.blocked.add(person)
        happened = {"chat": {"id": int(person), "type": "private"}, "new_chat_member": {"status": "kicked"}}
        self.courier.push(self._update("my_chat_member", happened))

    def _place(self, person: str) -> dict[str, Any]:
        chat = {"id": int(person), "type": "private", "first_name": self.person(person).name}
        return {"message_id": next(self._messages), "chat": chat, "date": int(time.time())}

    def _who(self, person: str) -> dict[str, Any]:
        return {"id": int(person), "is_bot": False, "first_name": self.person(person).name}

    def _update(self, name: str, happened: dict[str, Any]) -> Push:
        body = json.dumps({"update_id": next(self._updates), name: happened}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": str(self.account.secrets.get("secret_token", "")),
        }
        return Push(lambda: Request(self.account.hook, body, headers))

    def is_taken(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        token = f"bot{self.account.secrets.get('bot_token', '')}"
        if call.path.startswith(f"/file/{token}/"):
            file = self.file(call.path.rpartition("/")[2])
            return Answer(200, file.content, file.content_type) if file else _refusal(404, "Not Found")
        root, _, method = call.path.lstrip("/").partition("/")
        if root != token:
            return _refusal(401, "Unauthorized")
        return self._method(method, upload_of(call))

    def _method(self, method: str, form: Upload) -> Answer:
        if method == "getMe":
            return _ok({"id": 7000000001, "is_bot": True, "username": "lindenhaus_demo_bot"})
        if method == "getFile":
            file_id = form.fields.get("file_id", "")
            known = self.file(file_id) is not None
            return _ok({"file_path": f"demo/{file_id}"}) if known else _refusal(400, "Bad Request: invalid file_id")
        if method == "sendMessage" or method in SENDING:
            return self._send(method, form)
        return _refusal(404, "Not Found")

    def _send(self, method: str, form: Upload) -> Answer:
        person, text = form.fields.get("chat_id", ""), form.fields.get("text", "")
        file = form.files.get(SENDING.get(method, ""))
        if person not in self.known:
            return _refusal(400, "Bad Request: chat not found")
        if self.has_bad_luck():
            return _refusal(429, "Too Many Requests: retry after 1", parameters={"retry_after": 1})
        if self.refusal_for(person):
            return _refusal(403, "Forbidden: bot was blocked by the user")
        if file is None and not 0 < len(text) <= MAX_TEXT:
            return _refusal(400, f"Bad Request: message {'is too long' if text else 'text is empty'}")
        file_id = self.keep(file) if file else ""
        self.deliver(person, text or f"[{SENDING[method]}]", file_id=file_id, state="delivered")
        return _ok(self._place(person))


def _described(file: File, file_id: str) -> dict[str, Any]:
    known = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(file.content)}
    if file.content_type.startswith("image/"):
        return {"photo": [{**known, "width": 90}, {**known, "width": 1280}]}
    kind = {"audio": "voice", "video": "video"}.get(file.content_type.partition("/")[0], "document")
    return {kind: {**known, "file_name": file.name, "mime_type": file.content_type}}


def _ok(result: dict[str, Any]) -> Answer:
    return Answer.of({"ok": True, "result": result})


def _refusal(code: int, description: str, **more: Any) -> Answer:
    return Answer.of({"ok": False, "error_code": code, "description": description, **more}, code)
