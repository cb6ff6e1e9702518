"""WeCom: members who write to an application, and customers in WeChat whose messages have to be fetched.

Calls are encrypted as in WeChat; the interface, its codes and its rules are this platform's own.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from apps.simulator.mischief import Mischief
from apps.simulator.platforms.wechat import TOKEN_LIFETIME, Wechat, cdata, error, kind_of, uploaded
from apps.simulator.shapes import Account, Answer, Call, Line, Person, Push

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


class WecomService(Wecom):
    """Customers in WeChat. A call says only that there is something; the list of messages is asked for."""

    kind = "wecom_kf"
    names = ("微信客服", "WeCom Customer Service")
    page: ClassVar[int] = 50
    """So many messages at most in one answer."""

    people = (
        Person("wmLindenKf000000000000000001", "沈知夏", "客服你好，我的订单显示已签收但没收到。", "收到了，谢谢！"),
        Person("wmLindenKf000000000000000005", "顾南乔", "茶几可以换个颜色吗？", "好的，就换胡桃木色。"),
    )

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.list: list[dict[str, Any]] = []
        self.hints: set[str] = set()
        self.taken_ids: set[str] = set()

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {**super().demo_settings(api_base), "open_kfid": "wkLinden00000000001"}

    @property
    def open_kfid(self) -> str:
        return str(self.account.settings.get("open_kfid", ""))

    # --- Customers, and the company's people in their client ---------------------------------------------------------

    def message(self, line: Line) -> Push:
        file = self.file(line.file_id) if line.file_id else None
        kind = kind_of(file) if file else "text"
        self._add(line.person, 3, kind, {"media_id": line.file_id} if file else {"content": line.text})
        return self._hint()

    def event(self, person: str, name: str, **fields: Any) -> None:
        about = {"event_type": name, "open_kfid": self.open_kfid, "external_userid": person, **fields}
        self._add("", 4, "event", about)
        self.courier.push(self._hint())

    def staff_write(self, person: str, text: str) -> None:
        """Somebody of the company answers in their own client."""
        self._add(person, 5, "text", {"content": text})
        self.courier.push(self._hint())

    def _add(self, person: str, origin: int, kind: str, content: dict[str, Any]) -> None:
        about = {"msgid": self.new_id("kf"), "open_kfid": self.open_kfid, "send_time": int(time.time())}
        whose = {"external_userid": person} if person else {}
        with self.lock:
            self.list.append({**about, **whose, "origin": origin, "msgtype": kind, kind: content})

    def _hint(self) -> Push:
        hint = secrets.token_hex(16)
        self.hints.add(hint)
        fields = {
            "CreateTime": int(time.time()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": hint,
            "OpenKfId": self.open_kfid,
        }
        return Push(lambda: self._call(self.written(fields)))

    # --- The company asks and answers --------------------------------------------------------------------------------

    def serve(self, call: Call) -> Answer:
        wanted = call.json()
        if call.method != "POST" or not isinstance(wanted, dict):
            return error(40058, "invalid Request Parameter")
        match call.path:
            case "/cgi-bin/kf/sync_msg":
                return self._hand_out(wanted)
            case "/cgi-bin/kf/send_msg":
                return self._take_answer(wanted)
            case "/cgi-bin/kf/customer/batchget":
                return self._tell_of(wanted)
        return error(40058, "invalid Request Parameter")

    def _hand_out(self, wanted: dict[str, Any]) -> Answer:
        """From the cursor on; nobody's cursor is older than the list."""
        if wanted.get("open_kfid") != self.open_kfid:
            return error(95000, "invalid open_kfid")
        if wanted.get("token") and wanted["token"] not in self.hints:
            return error(95007, "invalid msg token")
        begin = int(str(wanted.get("cursor") or "c0")[1:])
        with self.lock:
            end = min(begin + min(int(wanted.get("limit", 1000)), self.page), len(self.list))
            answer = {"next_cursor": f"c{end}", "has_more": int(end < len(self.list)), "msg_list": self.list[begin:end]}
        return Answer.of({"errcode": 0, "errmsg": "ok", **answer})

    def _take_answer(self, wanted: dict[str, Any]) -> Answer:
        person, kind, message_id = (str(wanted.get(name, "")) for name in ("touser", "msgtype", "msgid"))
        if wanted.get("open_kfid") != self.open_kfid:
            return error(95000, "invalid open_kfid")
        if kind not in self.takes or person not in self.known or message_id in self.taken_ids:
            return error(40058, "invalid Request Parameter")
        if self.has_bad_luck():
            return error(-1, "system busy")
        if refusal := self.refusal_for(person):
            return error(*REFUSALS[refusal])
        outcome = self._bring(person, kind, wanted.get(kind) or {})
        if outcome.json()["errcode"]:
            return outcome
        message_id = message_id or self.new_id("kf")
        self.taken_ids.add(message_id)
        return Answer.of({"errcode": 0, "errmsg": "ok", "msgid": message_id})

    def _tell_of(self, wanted: dict[str, Any]) -> Answer:
        """The number at the end of an id is the person's, so that the platform knows them in WeChat as well."""
        asked = [str(name) for name in wanted.get("external_userid_list", ())]
        known = [
            {"external_userid": name, "nickname": self.known[name].name, "unionid": f"oUnion-{name[-4:]}"}
            for name in asked
            if name in self.known
        ]
        missed = [name for name in asked if name not in self.known]
        return Answer.of({"errcode": 0, "customer_list": known, "invalid_external_userid": missed})


REFUSALS: Final = {
    "blocked": (84061, "not external contact"),
    "window": (95002, "out of the time to answer"),
    "quota": (95001, "message count limit"),
}
