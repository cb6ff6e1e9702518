"""Douyin: signed bodies without a time, answers to a message for 24 hours, echoes of everything the account sends.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import email
import hashlib
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from email.message import Message
from typing import Any, Final

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

ACCOUNT_TOKEN: Final = timedelta(days=15)
APP_TOKEN: Final = timedelta(hours=2)
MAX_TEXT: Final = 1000


class Douyin(Platform):
    kind = "douyin"
    names = ("抖音私信", "Douyin messages")
    people = (
        Person("d0f1a5b0-0000-4000-8000-000000000001", "季小禾", "直播间买的懒人沙发什么时候发货？", "好嘞，谢谢！"),
        Person("d0f1a5b0-0000-4000-8000-000000000002", "Momo 莫", "尺码发错了，怎么换？", "收到，谢谢客服。"),
    )
    window = timedelta(hours=24)
    quota = 6
    retries = (5.0, 5.0, 5.0)
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.account_tokens = Tokens(ACCOUNT_TOKEN)
        self.app_tokens = Tokens(APP_TOKEN, keeps_old=True)
        self._senders: dict[str, str] = {}
        """Who wrote a message, by its id: only those can be answered."""
        self._resources: dict[str, str] = {}

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "client_key": "demodouyinclientkey", "open_id": "demo-douyin-account"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"client_secret": "demo-douyin-client-secret", "refresh_token": "demo-douyin-refresh-token"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        message_id = self._message_id(line)
        with self.lock:
            self._senders[message_id] = line.person
            if line.file_id:
                self._resources[message_id] = line.file_id
        said = {"message_type": "text", "text": line.text}
        if file := self.file(line.file_id):
            said = {"message_type": f"user_local_{'video' if file.content_type.startswith('video/') else 'image'}"}
        return self._event("im_receive_msg", line.person, self._open_id, message_id, {**said, "source": ""})

    def event(self, person: str, name: str, **content: Any) -> None:
        """Something a customer does without words."""
        self.courier.push(self._event(name, person, self._open_id, self.new_id("@"), content))

    def write_in_app(self, person: str, text: str) -> None:
        """The company's own people answer in the platform's app."""
        line = self.deliver(person, text)
        self._echo(line, self._message_id(line), {"message_type": "text", "text": text}, source="")

    def _event(self, name: str, sender: str, receiver: str, message_id: str, said: Mapping[str, Any]) -> Push:
        who = self.person(sender if sender != self._open_id else receiver)
        document = {
            "event": name,
            "client_key": self.account.settings.get("client_key", ""),
            "from_user_id": sender,
            "to_user_id": receiver,
            "log_id": self.new_id(),
            "content": {
                "conversation_short_id": self._conversation(who.id),
                "server_message_id": message_id,
                "conversation_type": 1,
                "create_time": int(time.time() * 1000),
                "user_infos": [{"open_id": who.id, "nick_name": who.name, "avatar": ""}],
                **said,
            },
        }
        body, call_id = json.dumps(document, ensure_ascii=False).encode(), self.new_id()
        return Push(lambda: self._call(body, call_id))

    def _call(self, body: bytes, call_id: str) -> Request:
        signed = hashlib.sha1(self._secret("client_secret").encode() + body)  # noqa: S324 (the platform's choice)
        headers = {"Content-Type": "application/json", "X-Douyin-Signature": signed.hexdigest(), "Msg-Id": call_id}
        return Request(self.account.hook, body, headers)

    def _message_id(self, line: Line) -> str:
        return f"@{self.new_id()}+{line.number}=="

    def _conversation(self, person: str) -> str:
        return f"@conversation/{person}=="

    def _echo(self, line: Line, message_id: str, said: Mapping[str, Any], *, source: str) -> None:
        push = self._event("im_send_msg", self._open_id, line.person, message_id, {**said, "source": source})
        self.courier.push(push)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        match call.method, call.path:
            case "POST", "/oauth/refresh_token/":
                return self._refresh(call.form())
            case "POST", "/oauth/client_token/":
                return self._sign_in(call.json() or {})
            case "POST", "/tool/imagex/client_upload/":
                return self._upload(call)
            case "GET", path if path.startswith("/resources/"):
                file = self.file(path.removeprefix("/resources/"))
                return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if not self.account_tokens.is_valid(call.headers.get("access-token", "")):
            return _error(2190002, "access_token无效")
        if call.query.get("open_id") != self._open_id:
            return _error(2190015, "请求参数access_token openid不匹配")
        match call.method, call.path:
            case "POST", "/im/send/msg/":
                return self._send(call.json() or {})
            case "GET", "/api/im/message/resources/":
                return self._resource(call.query)
        return _error(2100004, "系统繁忙，此时请开发者稍候再试")

    def _refresh(self, form: Mapping[str, str]) -> Answer:
        if form.get("client_key") != self.account.settings.get("client_key"):
            return _token_error(10003, "client_key错误")
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self._secret("refresh_token"):
            return _token_error(10010, "refresh_token过期")
        return self._token(self.account_tokens, ACCOUNT_TOKEN)

    def _sign_in(self, wanted: Mapping[str, Any]) -> Answer:
        known = wanted.get("client_key") == self.account.settings.get("client_key")
        if not known or wanted.get("client_secret") != self._secret("client_secret"):
            return _token_error(10013, "client_key或者client_secret报错")
        return self._token(self.app_tokens, APP_TOKEN)

    def _token(self, tokens: Tokens, lifetime: timedelta) -> Answer:
        data = {"error_code": 0, "access_token": tokens.issue(), "expires_in": int(lifetime.total_seconds())}
        return Answer.of({"data": data, "message": "success"})

    def _upload(self, call: Call) -> Answer:
        file = _uploaded(call)
        if not self.app_tokens.is_valid(call.headers.get("access-token", "")):
            return _error(2190002, "access_token无效")
        if file is None:
            return _error(2100005, "参数不合法")
        return Answer.of({"data": {"error_code": 0, "image_id": self.keep(file)}, "extra": {"error_code": 0}})

    def _send(self, wanted: Mapping[str, Any]) -> Answer:
        person, content = str(wanted.get("to_user_id", "")), wanted.get("content") or {}
        if self._senders.get(str(wanted.get("msg_id", ""))) != person:
            return _error(28003082, "接收方与消息不匹配")
        if wanted.get("conversation_id") != self._conversation(person) or wanted.get("scene") != "im_reply_msg":
            return _error(2100005, "参数不合法")
        if self.has_bad_luck():
            return _error(28003018, "发送过于频繁")
        if refusal := self.refusal_for(person):
            return _error(*REFUSALS[refusal])
        return self._bring(person, content)

    def _bring(self, person: str, content: Mapping[str, Any]) -> Answer:
        text, image_id = (str((content.get(name) or {}).get(key, "")) for name, key in PARTS)
        is_text = content.get("msg_type") == 1
        fits = 0 < len(text) <= MAX_TEXT if is_text else self.file(image_id) is not None
        if not fits:
            return _error(28001038, "消息内容不合法")
        said = {"message_type": "text", "text": text} if is_text else {"message_type": "image"}
        line = self.deliver(person, text or "[image]", file_id="" if is_text else image_id, state="delivered")
        message_id = self._message_id(line)
        self._echo(line, message_id, said, source=str(self.account.settings.get("client_key", "")))
        return Answer.of({"msg_id": message_id, "extra": {"error_code": 0, "logid": self.new_id()}})

    def _resource(self, query: Mapping[str, str]) -> Answer:
        file_id = self._resources.get(query.get("message_id", ""))
        if file_id is None:
            return _error(28003082, "消息不存在")
        url = f"{self.account.settings['api_base']}/resources/{file_id}"
        return Answer.of({"data": {"media_type": "image", "url": url}, "extra": {"error_code": 0}})

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def _open_id(self) -> str:
        return str(self.account.settings.get("open_id", ""))

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


PARTS: Final = (("text", "text"), ("image", "media_id"))

REFUSALS: Final = {
    "blocked": (28003101, "用户被封禁"),
    "window": (28003080, "会话窗口已过期"),
    "quota": (28003070, "会话窗口内回复次数已用完"),
}


def _error(code: int, message: str) -> Answer:
    return Answer.of({"data": {}, "extra": {"error_code": code, "description": message}})


def _token_error(code: int, message: str) -> Answer:
    return Answer.of({"data": {"error_code": code, "description": message}, "message": "error"})


def _uploaded(call: Call) -> File | None:
    """The part called `image` of a form."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + call.body).get_payload()
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == "image":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                return File(part.get_filename() or "image", part.get_content_type(), content)
    return None
