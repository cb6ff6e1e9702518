"""WeChat: encrypted calls, one token that can be refused, files by id, five answers in 48 hours.

What is signed, encrypted and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import email
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from email.message import Message
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

TOKEN_LIFETIME: Final = timedelta(hours=2)
MAX_TEXT: Final = 2048


class Wechat(Platform):
    """What official accounts and mini programs have in common."""

    window: ClassVar[timedelta | None] = timedelta(hours=48)
    quota: ClassVar[int | None] = 5
    retries = (5.0, 5.0)
    takes_files = True
    takes: ClassVar[frozenset[str]] = frozenset({"text", "image"})
    """The kinds of messages that the company may send."""

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN_LIFETIME)
        self.current_token = ""

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {
            "api_base": api_base,
            "app_id": f"wx{hashlib.sha256(cls.kind.encode()).hexdigest()[:16]}",
            "mode": "aes",
        }

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {
            "app_secret": f"demo-{cls.kind}-app-secret",
            "token": f"demo-{cls.kind}-token",
            "aes_key": base64.b64encode(hashlib.sha256(cls.kind.encode()).digest()).decode().replace("/", "a")[:42]
            + "A",
        }

    # --- Customers write ---------------------------------------------------------------------------------------------

    def write(self, person: str, text: str, file: File | None = None, post: str = "") -> Line:
        """Pictures and voices have no caption: words beside one are a message of their own."""
        if file is not None and text:
            super().write(person, text)
        return super().write(person, "" if file is not None else text, file)

    def message(self, line: Line) -> Push:
        fields = {
            "ToUserName": "gh_lindenhaus",
            "FromUserName": line.person,
            "CreateTime": int(time.time()),
            **self._said(line),
            "MsgId": secrets.randbits(62),
        }
        return Push(lambda: self._call(self.written(fields)))

    def _said(self, line: Line) -> dict[str, Any]:
        file = self.file(line.file_id) if line.file_id else None
        if file is None:
            return {"MsgType": "text", "Content": line.text}
        return {"MsgType": kind_of(file), "MediaId": line.file_id, "Format": "amr"}

    def event(self, person: str, name: str, **fields: Any) -> None:
        """Something a customer does without words."""
        about = {"ToUserName": "gh_lindenhaus", "FromUserName": person, "CreateTime": int(time.time())}
        written = self.written({**about, "MsgType": "event", "Event": name, **fields})
        self.courier.push(Push(lambda: self._call(written)))

    def written(self, fields: Mapping[str, Any]) -> bytes:
        """The message as this kind of account writes it."""
        raise NotImplementedError

    def wrapped(self, encrypted: str) -> tuple[bytes, str]:
        """The call's body around the encrypted message, and its content type."""
        raise NotImplementedError

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200 and body.strip() in (b"", b"success")

    def _call(self, message: bytes) -> Request:
        encrypted = self._encrypted(message)
        stamp, nonce = str(int(time.time())), str(secrets.randbelow(10**9))
        query = {
            "signature": _sha1(self._secret("token"), stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": _sha1(self._secret("token"), stamp, nonce, encrypted),
        }
        body, content_type = self.wrapped(encrypted)
        return Request(f"{self.account.hook}?{urlencode(query)}", body, {"Content-Type": content_type})

    def _encrypted(self, message: bytes) -> str:
        key = base64.b64decode(self._secret("aes_key") + "=")
        frame = os.urandom(16) + len(message).to_bytes(4, "big") + message + self.app_id.encode()
        missing = 32 - len(frame) % 32
        frame += bytes([missing]) * missing
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path == "/cgi-bin/stable_token" and call.method == "POST":
            return self._issue(call.json() or {})
        if not self.tokens.is_valid(call.query.get("access_token", "")):
            return error(40001, "invalid credential, access_token is invalid or not latest")
        match call.method, call.path:
            case "POST", "/cgi-bin/message/custom/send":
                return self._send(call)
            case "POST", "/cgi-bin/media/upload":
                return self._upload(call)
            case "GET", "/cgi-bin/media/get":
                file = self.file(call.query.get("media_id", ""))
                return Answer(200, file.content, file.content_type) if file else error(40007, "invalid media_id")
            case "GET", "/cgi-bin/user/info":
                return self._about(call.query.get("openid", ""))
        return error(43002, "require POST method")

    def _issue(self, wanted: dict[str, Any]) -> Answer:
        """The same token again while it is good, unless another is asked for by force."""
        if wanted.get("appid") != self.app_id:
            return error(40013, "invalid appid")
        if wanted.get("secret") != self._secret("app_secret"):
            return error(40125, "invalid appsecret")
        with self.lock:
            if wanted.get("force_refresh") or not self.tokens.is_valid(self.current_token):
                self.current_token = self.tokens.issue()
            return Answer.of({"access_token": self.current_token, "expires_in": int(TOKEN_LIFETIME.total_seconds())})

    def _send(self, call: Call) -> Answer:
        if b"\\u" in call.body:
            return error(40033, "invalid charset, the message may not contain \\uxxxx characters")
        wanted = call.json()
        if not isinstance(wanted, dict) or wanted.get("msgtype") not in self.takes:
            return error(40008, "invalid message type")
        if self.has_bad_luck():
            return error(-1, "system error")
        person, kind = str(wanted.get("touser", "")), str(wanted["msgtype"])
        if person not in self.known:
            return error(40003, "invalid openid")
        if refusal := self.refusal_for(person):
            return error(*REFUSALS[refusal])
        return self._bring(person, kind, wanted.get(kind) or {})

    def _bring(self, person: str, kind: str, content: dict[str, Any]) -> Answer:
        if kind == "text":
            text = str(content.get("content", ""))
            if not text or len(text.encode()) > MAX_TEXT:
                return error(45002, "content size out of limit")
            self.deliver(person, text, state="delivered")
            return error(0, "ok")
        media_id = str(content.get("media_id", ""))
        if self.file(media_id) is None:
            return error(40007, "invalid media_id")
        self.deliver(person, f"[{kind}]", file_id=media_id, state="delivered")
        return error(0, "ok")

    def _upload(self, call: Call) -> Answer:
        file = uploaded(call)
        kind = call.query.get("type", "")
        if file is None or kind not in {"image", "voice", "video", "thumb"}:
            return error(41005, "media data missing")
        return Answer.of({"type": kind, "media_id": self.keep(file), "created_at": int(time.time())})

    def _about(self, openid: str) -> Answer:
        return error(48001, "api unauthorized")

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def app_id(self) -> str:
        return str(self.account.settings.get("app_id", ""))

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


class OfficialAccount(Wechat):
    kind = "wechat_oa"
    names = ("微信公众号", "WeChat Official Account")
    takes = frozenset({"text", "image", "voice", "video"})
    people = (
        Person("oLinden0fficial00000000000001", "沈知夏", "你好，请问沙发套可以单独购买吗？", "太好了，谢谢！"),
        Person("oLinden0fficial00000000000002", "陆一鸣", "发票开错抬头了，能重开吗？", "收到，麻烦了。"),
        Person("oLinden0fficial00000000000003", "许安然", "床垫有点塌陷，还在保修期内吗？", "好的，我等你们联系。"),
    )

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {**super().demo_settings(api_base), "asks_union_id": True}

    def written(self, fields: Mapping[str, Any]) -> bytes:
        inner = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in fields.items())
        return f"<xml>{inner}</xml>".encode()

    def wrapped(self, encrypted: str) -> tuple[bytes, str]:
        body = (
            f"<xml><ToUserName><![CDATA[gh_lindenhaus]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return body.encode(), "text/xml"

    def _about(self, openid: str) -> Answer:
        """The number at the end of an openid is the person's, so that the platform knows them in both accounts."""
        union_id = f"oUnion-{openid[-4:]}"
        return Answer.of({"subscribe": 1, "openid": openid, "language": "zh_CN", "unionid": union_id})


class MiniProgram(Wechat):
    kind = "wechat_mini"
    names = ("微信小程序", "WeChat Mini Program")
    people = (
        Person("oLindenMini0000000000000000001", "沈知夏", "小程序里查不到我的订单。", "看到了，谢谢！"),
        Person("oLindenMini0000000000000000004", "唐小满", "这个书架承重多少公斤？", "明白了。"),
    )

    def written(self, fields: Mapping[str, Any]) -> bytes:
        return json.dumps(dict(fields), ensure_ascii=False).encode()

    def wrapped(self, encrypted: str) -> tuple[bytes, str]:
        return json.dumps({"ToUserName": "gh_lindenhaus", "Encrypt": encrypted}).encode(), "application/json"


REFUSALS: Final = {
    "blocked": (43019, "require remove blacklist"),
    "window": (45015, "response out of time limit or subscription is canceled"),
    "quota": (45047, "out of response count limit"),
}


def error(code: int, message: str) -> Answer:
    return Answer.of({"errcode": code, "errmsg": message})


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 (the platform's choice)


def cdata(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def kind_of(file: File) -> str:
    kind = file.content_type.partition("/")[0]
    return {"image": "image", "audio": "voice", "video": "video"}.get(kind, "file")


def uploaded(call: Call) -> File | None:
    """The part called `media` of a form."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + call.body).get_payload()
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == "media":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                return File(_file_name(call.body), part.get_content_type(), content)
    return None


def _file_name(form: bytes) -> str:
    """Written in UTF-8, which a header of a mail is not."""
    found = re.search(rb'name="media"; filename="([^"\r\n]*)"', form)
    return found[1].decode() if found else "media"
