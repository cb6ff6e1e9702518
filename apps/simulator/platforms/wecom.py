"""WeCom: members who write to an application, and customers in WeChat whose messages have to be fetched.

Calls are encrypted as in WeChat; the interface, its codes and its rules are this platform's own.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from apps.simulator.platforms.wechat import TOKEN_LIFETIME, Wechat, cdata, error, uploaded
from apps.simulator.shapes import Answer, Call, Person

FILE_KINDS = frozenset({"image", "voice", "video", "file"})


class Wecom(Wechat):
    """What members and customers have in common."""

    agent_id: ClassVar[int] = 1000002
    takes = frozenset({"text", *FILE_KINDS})

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "corp_id": "wwlindenhaus0000001"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        key = base64.b64encode(hashlib.sha256(cls.kind.encode()).digest()).decode().replace("/", "a")
        return {
            "secret": f"demo-{cls.kind}-secret",
            "token": f"demo{cls.kind.replace('_', '')}token",
            "aes_key": f"{key[:42]}A",
        }

    @property
    def app_id(self) -> str:
        return str(self.account.settings.get("corp_id", ""))

    def written(self, fields: Mapping[str, Any]) -> bytes:
        about = {**fields, "ToUserName": self.app_id, "AgentID": self.agent_id}
        return (
            "<xml>" + "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in about.items()) + "</xml>"
        ).encode()

    def wrapped(self, encrypted: str) -> tuple[bytes, str]:
        body = (
            f"<xml><ToUserName>{cdata(self.app_id)}</ToUserName><Encrypt>{cdata(encrypted)}</Encrypt>"
            f"<AgentID>{cdata(str(self.agent_id))}</AgentID></xml>"
        )
        return body.encode(), "text/xml"

    def answer(self, call: Call) -> Answer:
        if call.path == "/cgi-bin/gettoken" and call.method == "GET":
            return self._hand_out_token(call)
        if not self.tokens.is_valid(call.query.get("access_token", "")):
            return error(40014, "invalid access_token")
        match call.method, call.path:
            case "POST", "/cgi-bin/media/upload":
                return self._take_file(call)
            case "GET", "/cgi-bin/media/get":
                file = self.file(call.query.get("media_id", ""))
                return Answer(200, file.content, file.content_type) if file else error(40007, "invalid media_id")
        return self.serve(call)

    def serve(self, call: Call) -> Answer:
        """What this kind of channel offers besides tokens and files."""
        raise NotImplementedError

    def _hand_out_token(self, call: Call) -> Answer:
        """The same token as long as it is good."""
        if call.query.get("corpid") != self.app_id:
            return error(40013, "invalid corpid")
        if call.query.get("corpsecret") != self.account.secrets.get("secret"):
            return error(40001, "invalid credential")
        with self.lock:
            if not self.tokens.is_valid(self.current_token):
                self.current_token = self.tokens.issue()
            seconds = int(TOKEN_LIFETIME.total_seconds())
            return Answer.of({"errcode": 0, "errmsg": "ok", "access_token": self.current_token, "expires_in": seconds})

    def _take_file(self, call: Call) -> Answer:
        file, kind = uploaded(call), call.query.get("type", "")
        if file is None or kind not in FILE_KINDS or len(file.content) < 5:
            return error(40058, "invalid Request Parameter")
        media_id = self.keep(file)
        return Answer.of({"errcode": 0, "type": kind, "media_id": media_id, "created_at": str(int(time.time()))})


class WecomApp(Wecom):
    """An application for the company's own people; nobody's window closes here."""

    kind = "wecom_app"
    names = ("企业微信应用", "WeCom application")
    window = None
    quota = None
    people = (
        Person("ShenYue", "沈悦", "门店的收银系统登录不上，能帮忙看下吗？", "好了，谢谢！"),
        Person("LuHang", "陆航", "样板间的钥匙该找谁领？", "收到。"),
    )

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {**super().demo_settings(api_base), "agent_id": cls.agent_id}

    def serve(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/cgi-bin/message/send"):
            return error(40058, "invalid Request Parameter")
        wanted = call.json()
        if not isinstance(wanted, dict) or wanted.get("msgtype") not in self.takes:
            return error(40008, "invalid message type")
        if wanted.get("agentid") != self.account.settings.get("agent_id"):
            return error(60011, "no privilege to access/modify contact/party/agent")
        if self.has_bad_luck():
            return error(-1, "system busy")
        return self._to_members(wanted)

    def _to_members(self, wanted: dict[str, Any]) -> Answer:
        """Who cannot get it is named in an answer that is content otherwise, unless nobody is left."""
        named = str(wanted.get("touser", "")).split("|")
        reached = [name for name in named if name in self.known and name not in self.blocked]
        if not reached:
            return error(81013, "user & party & tag all invalid")
        for name in reached:
            outcome = self._bring(name, str(wanted["msgtype"]), wanted.get(wanted["msgtype"]) or {})
            if outcome.json()["errcode"]:
                return outcome
        missed = "|".join(name for name in named if name not in reached)
        return Answer.of({"errcode": 0, "errmsg": "ok", "invaliduser": missed, "msgid": self.new_id("m")})
