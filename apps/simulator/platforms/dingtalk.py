"""DingTalk: headers that prove a call for an hour, an address for the answer with each message, and the same as a stream.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.server import HOST
from apps.simulator.shapes import Account, Answer, Call, Line, Person, Push, Request
from apps.simulator.uploads import upload_of

TOKEN_LIFETIME: Final = timedelta(hours=2)
SESSION_SECONDS: Final = 90 * 60
MAX_TEXT: Final = 5000
MESSAGES: Final = "/v1.0/im/bot/messages/get"


class Dingtalk(Platform):
    """By calls to the installation."""

    kind = "dingtalk"
    names = ("钉钉机器人", "DingTalk robot")
    people = (
        Person("manager4521", "贺小满", "门店的收银机连不上网，能派人来看看吗？", "好的，等你们。"),
        Person("staff7788", "Leo 乐", "这个月的考勤少记了一天。", "收到，谢谢！"),
    )
    retries: ClassVar[Sequence[float]] = (5.0, 30.0)
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN_LIFETIME)
        self._token = ""
        self._sessions: dict[str, tuple[str, float]] = {}
        """Whom an address brings to, and until when."""

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "old_api_base": api_base, "app_key": f"demo{cls.kind.replace('_', '')}key"}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"app_secret": f"demo-{cls.kind}-app-secret"}

    def forget_sessions(self) -> None:
        """As after their hour and a half."""
        with self.lock:
            self._sessions.clear()

    # --- People write ------------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        session, ends = self.new_id(), time.time() + SESSION_SECONDS
        with self.lock:
            self._sessions[session] = (line.person, ends)
        document = {
            **self._said(line),
            "msgId": self.new_id("msg"),
            "createAt": int(time.time() * 1000),
            "conversationType": "1",
            "conversationId": f"cid{line.person}",
            "senderId": f"$:LWCP_v1:${line.person}",
            "senderStaffId": line.person,
            "senderNick": self.person(line.person).name,
            "chatbotUserId": "$:LWCP_v1:$robot",
            "robotCode": self._app_key,
            "sessionWebhook": f"{self._base}/robot/sendBySession?session={session}",
            "sessionWebhookExpiredTime": int(ends * 1000),
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _said(self, line: Line) -> dict[str, Any]:
        file = self.file(line.file_id) if line.file_id else None
        if file is None:
            return {"msgtype": "text", "text": {"content": f" {line.text}"}}
        if file.content_type.startswith("image/"):
            return {"msgtype": "picture", "content": {"downloadCode": line.file_id}}
        return {"msgtype": "file", "content": {"downloadCode": line.file_id, "fileName": file.name}}

    def _call(self, body: bytes) -> Request:
        stamp, secret = str(int(time.time() * 1000)), self._secret.encode()
        signed = hmac.new(secret, stamp.encode() + b"\n" + secret, hashlib.sha256).digest()
        headers = {"Content-Type": "application/json", "timestamp": stamp, "sign": base64.b64encode(signed).decode()}
        return Request(self.account.hook, body, headers)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        match call.method, call.path:
            case "POST", "/v1.0/oauth2/accessToken":
                return self._sign_in(call.json() or {})
            case "POST", "/robot/sendBySession":
                return self._by_session(call)
            case "GET", path if path.startswith("/files/"):
                file = self.file(path.removeprefix("/files/"))
                return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        return self._as_app(call)

    def _as_app(self, call: Call) -> Answer:
        token = call.headers.get("x-acs-dingtalk-access-token") or call.query.get("access_token", "")
        if not self.tokens.is_valid(token):
            return _error("InvalidAuthentication", "不合法的access_token", 401)
        wanted = call.json() or {}
        match call.method, call.path:
            case "POST", "/media/upload":
                return self._take_file(call)
            case "POST", "/v1.0/robot/messageFiles/download":
                code = str(wanted.get("downloadCode", ""))
                return Answer.of({"downloadUrl": f"{self._base}/files/{code}"}) if self.file(code) else _NO_FILE
            case "POST", "/v1.0/robot/oToMessages/batchSend":
                return self._to_person(wanted)
        return _error("InvalidAction.NotFound", "Specified api is not found", 404)

    def _sign_in(self, wanted: Mapping[str, Any]) -> Answer:
        """The same token as long as it is good."""
        if wanted.get("appKey") != self._app_key or wanted.get("appSecret") != self._secret:
            return _error("invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        with self.lock:
            if not self.tokens.is_valid(self._token):
                self._token = self.tokens.issue()
            return Answer.of({"accessToken": self._token, "expireIn": 7200})

    def _by_session(self, call: Call) -> Answer:
        person, ends = self._sessions.get(call.query.get("session", ""), ("", 0.0))
        text = str(((call.json() or {}).get("text") or {}).get("content", ""))
        if ends < time.time() or person in self.blocked:
            return Answer.of({"errcode": 300001, "errmsg": "session 不存在"})
        if not 0 < len(text) <= MAX_TEXT:
            return Answer.of({"errcode": 400002, "errmsg": "参数错误"})
        if self.has_bad_luck():
            return Answer.of({"errcode": 130101, "errmsg": "send too fast"})
        self.deliver(person, text, state="delivered")
        return Answer.of({"errcode": 0, "errmsg": "ok"})

    def _to_person(self, wanted: Mapping[str, Any]) -> Answer:
        staff, content = (wanted.get("userIds") or [""])[0], json.loads(str(wanted.get("msgParam") or "{}"))
        if wanted.get("robotCode") != self._app_key:
            return _error("resource.not.found", "robot 不存在")
        if staff not in self.known or self.refusal_for(staff):
            return _error("staffId.notExisted", "员工在企业内不存在")
        if self.has_bad_luck():
            return _error("Throttling.Api", "请求被流控")
        text, media_id = str(content.get("content", "")), str(content.get("photoURL") or content.get("mediaId") or "")
        if not text and self.file(media_id) is None:
            return _error("invalidParameter.param.invalid", "无效的参数")
        words = text or ("[image]" if wanted.get("msgKey") == "sampleImageMsg" else f"[{content.get('fileName')}]")
        self.deliver(staff, words, file_id=media_id, state="delivered")
        return Answer.of({"processQueryKey": self.new_id(), "invalidStaffIdList": [], "flowControlledStaffIdList": []})

    def _take_file(self, call: Call) -> Answer:
        file = upload_of(call).files.get("media")
        if file is None or call.query.get("type") not in {"image", "voice", "video", "file"}:
            return Answer.of({"errcode": 40035, "errmsg": "不合法的参数"})
        return Answer.of({"errcode": 0, "errmsg": "ok", "type": call.query["type"], "media_id": self.keep(file)})

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def _base(self) -> str:
        return str(self.account.settings.get("api_base", ""))

    @property
    def _app_key(self) -> str:
        return str(self.account.settings.get("app_key", ""))

    @property
    def _secret(self) -> str:
        return str(self.account.secrets.get("app_secret", ""))


class DingtalkStream(Dingtalk):
    """Over connections that the installation opens, each with a ticket of its own."""

    kind = "dingtalk_stream"
    names = ("钉钉机器人（Stream）", "DingTalk robot (Stream)")
    people = (
        Person("ops0031", "池小川", "仓库的叉车坏了，报修走哪个流程？", "知道了，谢谢。"),
        Person("ops0032", "Mia 米亚", "新来的同事还没有门禁卡。", "好的，辛苦了。"),
    )
    retries = (2.0, 5.0, 30.0, 60.0)

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self._tickets: set[str] = set()
        self._peers: list[ServerConnection] = []
        self._heard: dict[str, threading.Event] = {}
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._listen, name=f"stream {account.key}", daemon=True)

    def start(self) -> None:
        self._server = serve(self._serve, HOST, 0, process_request=self._admit, close_timeout=1)
        self._thread.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        if self._server is not None:
            self._server.shutdown()
            self._thread.join(timeout=5)
            self.hang_up()

    def hang_up(self) -> None:
        """Connections end without a word."""
        for peer in list(self._peers):
            peer.close()

    def say_farewell(self) -> None:
        """As before a server of the platform is replaced."""
        for peer in list(self._peers):
            peer.send(_frame("SYSTEM", "disconnect", self.new_id(), "{}"))

    def carry(self, request: Request) -> tuple[int, bytes]:
        """What nobody acknowledges comes again."""
        with self.lock:
            if not self._peers:
                raise ConnectionError("nobody listens")
            peer, message_id = self._peers[-1], self.new_id("frame")
            heard = self._heard[message_id] = threading.Event()
        try:
            peer.send(_frame("CALLBACK", MESSAGES, message_id, request.body.decode()))
            if not heard.wait(self.timeout):
                raise TimeoutError("no acknowledgement")
        except ConnectionClosed as error:
            raise ConnectionError("the connection ended") from error
        finally:
            del self._heard[message_id]
        return 200, b""

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/v1.0/gateway/connections/open"):
            return super().answer(call)
        wanted = call.json() or {}
        if wanted.get("clientId") != self._app_key or wanted.get("clientSecret") != self._secret:
            return _error("authFailed", "鉴权失败", 401)
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1] if self._server is not None else 0
        return Answer.of({"endpoint": f"ws://{HOST}:{port}/connect", "ticket": ticket})

    def _listen(self) -> None:
        if self._server is not None:
            self._server.serve_forever()

    def _admit(self, peer: ServerConnection, handshake: Handshake) -> Response | None:
        ticket = parse_qs(urlsplit(handshake.path).query).get("ticket", [""])[0]
        if ticket not in self._tickets:
            return peer.respond(HTTPStatus.UNAUTHORIZED, "no such ticket\n")
        self._tickets.discard(ticket)
        return None

    def _serve(self, peer: ServerConnection) -> None:
        self._peers.append(peer)
        try:
            for frame in peer:
                self._hear(json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            self._peers.remove(peer)

    def _hear(self, answer: Mapping[str, Any]) -> None:
        heard = self._heard.get(str((answer.get("headers") or {}).get("messageId", "")))
        if heard is not None and answer.get("code") == 200:
            heard.set()


def _frame(kind: str, topic: str, message_id: str, data: str) -> str:
    headers = {"messageId": message_id, "topic": topic, "contentType": "application/json", "time": str(time.time())}
    return json.dumps({"specVersion": "1.0", "type": kind, "headers": headers, "data": data}, ensure_ascii=False)


def _error(code: str, message: str, status: int = 400) -> Answer:
    return Answer.of({"code": code, "message": message, "requestid": secrets.token_hex(8)}, status)


_NO_FILE: Final = _error("unknownError", "downloadCode 无效")
