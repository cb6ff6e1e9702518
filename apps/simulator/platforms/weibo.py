"""Weibo: a signature in the address that leaves the body open, messages without ids, 48 hours for answers.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from apps.simulator.platform import Platform
from apps.simulator.shapes import Answer, Call, Line, Person, Push, Request

ACCOUNT: Final = 1902538057
MAX_TEXT: Final = 300


class Weibo(Platform):
    kind = "weibo"
    names = ("微博私信", "Weibo messages")
    people = (
        Person("2489518271", "路过的小鲸鱼", "转发抽奖说送抱枕，我中了怎么领？", "收到啦，谢谢！"),
        Person("2489518272", "阿布Abu", "我要退货，订单在哪里申请？", "好的，我去试试。"),
    )
    window = timedelta(hours=48)
    retries = (5.0, 5.0)
    takes_files = True

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "upload_base": api_base}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"app_secret": "demo-weibo-app-secret", "access_token": "demo-weibo-access-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        file = self.file(line.file_id) if line.file_id else None
        if file is None:
            return self._push(line.person, "text", line.text, {})
        kind = "voice" if file.content_type.startswith("audio/") else "image"
        data = {"vfid": f"{line.file_id}-sender", "tovfid": line.file_id}
        return self._push(line.person, kind, line.text or "发了一个文件", data)

    def event(self, person: str, subtype: str, **data: Any) -> None:
        """Something a customer does without words."""
        self.courier.push(self._push(person, "event", "事件消息", {"subtype": subtype, **data}))

    def _push(self, person: str, kind: str, text: str, data: Mapping[str, Any]) -> Push:
        document = {
            "type": kind,
            "receiver_id": ACCOUNT,
            "sender_id": int(person),
            "created_at": time.strftime("%a %b %d %H:%M:%S +0800 %Y", time.gmtime(time.time() + 8 * 3600)),
            "text": text,
            "data": dict(data),
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        stamp, nonce = str(int(time.time() * 1000)), str(secrets.randbelow(10**8))
        signed = "".join(sorted((str(self.account.secrets.get("app_secret", "")), stamp, nonce)))
        signature = hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 (the platform's choice)
        query = urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce})
        return Request(f"{self.account.hook}?{query}", body, {"Content-Type": "application/json"})

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        form = call.form() if call.method == "POST" else call.query
        if form.get("access_token") != self.account.secrets.get("access_token"):
            return _error(21332, "invalid_access_token", 403)
        match call.method, call.path:
            case "POST", "/2/messages/reply.json":
                return self._reply(form)
            case "GET", "/2/mss/msget":
                file = self.file(form.get("fid", ""))
                return Answer(200, file.content, file.content_type) if file else _error(20003, "file does not exist")
        return _error(10020, "Request API not found!", 404)

    def _reply(self, form: Mapping[str, str]) -> Answer:
        person, text = form.get("receiver_id", ""), _text_of(form.get("data", ""))
        if person not in self.known or form.get("type") != "text" or not 0 < len(text) <= MAX_TEXT:
            return _error(10017, "parameter (receiver_id)'s value invalid", 400)
        if self.has_bad_luck():
            return _error(10009, "Too many pending tasks, system is busy!", 403)
        if refusal := self.refusal_for(person):
            return _error(*REFUSALS[refusal])
        self.deliver(person, text, state="delivered")
        return Answer.of({"result": True, "sender_id": ACCOUNT, "receiver_id": person, "type": "text"})


REFUSALS: Final = {
    "blocked": (20003, "User does not exists!", 400),
    "window": (26403, "message has been replied or is out of date", 403),
}


def _error(code: int, message: str, status: int = 400) -> Answer:
    return Answer.of({"error": message, "error_code": code, "request": "/2/messages/reply.json"}, status)


def _text_of(data: str) -> str:
    try:
        document = json.loads(data)
    except ValueError:
        return ""
    return str(document.get("text", "")) if isinstance(document, dict) else ""
