"""Discord: messages over a gateway with numbers and heartbeats, commands by signed calls, nonces that count once.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
from apps.simulator.server import HOST
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request
from apps.simulator.uploads import upload_of

BOT: Final = "10000000000000001"
MAX_TEXT: Final = 2000
SIGNING: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""Of the demo's app; known to everybody who reads this."""


class Discord(Platform):
    kind = "discord"
    names = ("Discord 社区", "Discord community")
    people = (
        Person("20000000000000101", "kirin_07", "The coupon from the stream does not work?", "It works now, thanks!"),
        Person("20000000000000102", "阿梓", "账号绑不上会员卡，怎么办？", "绑上了，谢谢！"),
    )
    retries = (2.0, 5.0, 30.0)
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._listen, name=f"gateway {account.key}", daemon=True)
        self._peers: list[ServerConnection] = []
        self._told: list[dict[str, Any]] = []
        """What this session was told, to be told again to who resumes it."""
        self._nonces: dict[str, str] = {}
        self._session = self.new_id("session")

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "public_key": SIGNING.public_key().public_bytes_raw().hex()}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"bot_token": "demo-discord-bot-token"}

    def start(self) -> None:
        self._server = serve(self._serve, HOST, 0, close_timeout=1)
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

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"content": line.text}
        if file := self.file(line.file_id):
            said["attachments"] = [self._about(line.file_id, file)]
        return self._event("MESSAGE_CREATE", self._said(line, line.person, said))

    def change(self, line: Line, text: str) -> None:
        said = {"content": text, "edited_timestamp": datetime.now(UTC).isoformat()}
        self.courier.push(self._event("MESSAGE_UPDATE", self._said(line, line.person, said)))

    def delete(self, line: Line) -> None:
        self.courier.push(self._event("MESSAGE_DELETE", {"id": _id(line), "channel_id": _direct(line.person)}))

    def command(self, person: str, name: str, value: str) -> None:
        """Comes by a call, not over the gateway."""
        who = {"id": person, "username": self.person(person).name}
        data = {"name": name, "options": [{"name": "text", "value": value}]}
        interaction = {"id": self.new_id(), "type": 2, "token": "t", "user": who, "locale": "zh-CN", "data": data}
        self.courier.push(Push(lambda: self._signed(interaction)))

    def _event(self, name: str, data: Mapping[str, Any]) -> Push:
        body = json.dumps({"t": name, "d": dict(data)}, ensure_ascii=False).encode()
        return Push(lambda: Request("gateway", body))

    def _said(self, line: Line, author: str, said: Mapping[str, Any]) -> dict[str, Any]:
        who = {"id": author, "username": "bot" if author == BOT else self.person(author).name, "bot": author == BOT}
        about = {"id": _id(line), "channel_id": _direct(line.person), "author": who, "type": 0}
        return {**about, "timestamp": line.at.isoformat(), "attachments": [], "mentions": [], **said}

    def _about(self, file_id: str, file: File) -> dict[str, Any]:
        url = f"{self._base}/cdn/{file_id}"
        return {"id": file_id, "filename": file.name, "size": len(file.content), "url": url}

    def _signed(self, document: Mapping[str, Any]) -> Request:
        body, stamp = json.dumps(document, ensure_ascii=False).encode(), str(int(time.time()))
        signature = SIGNING.sign(stamp.encode() + body).hex()
        headers = {"Content-Type": "application/json", "X-Signature-Timestamp": stamp}
        return Request(self.account.hook, body, {**headers, "X-Signature-Ed25519": signature})

    # --- The gateway -------------------------------------------------------------------------------------------------

    def carry(self, request: Request) -> tuple[int, bytes]:
        """What happens is numbered and told once; who was away is told again when they resume."""
        if request.url != "gateway":
            return super().carry(request)
        with self.lock:
            frame = {"op": 0, "s": len(self._told) + 2, **json.loads(request.body)}
            if not self._peers:
                raise ConnectionError("nobody listens")
            self._told.append(frame)
            for peer in list(self._peers):
                peer.send(json.dumps(frame, ensure_ascii=False))
        return 200, b""

    def _listen(self) -> None:
        if self._server is not None:
            self._server.serve_forever()

    def _serve(self, peer: ServerConnection) -> None:
        try:
            peer.send(json.dumps({"op": 10, "d": {"heartbeat_interval": 5000}}))
            for frame in peer:
                self._hear(peer, json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            with self.lock:
                if peer in self._peers:
                    self._peers.remove(peer)

    def _hear(self, peer: ServerConnection, document: Mapping[str, Any]) -> None:
        wanted = document.get("d")
        match document.get("op"):
            case 1:
                peer.send('{"op":11}')
            case 2 | 6 if isinstance(wanted, dict) and wanted.get("token") != self._token:
                peer.close(4004, "Authentication failed.")
            case 2:
                self._begin(peer)
            case 6 if isinstance(wanted, dict):
                self._go_on(peer, wanted)

    def _begin(self, peer: ServerConnection) -> None:
        with self.lock:
            self._told.clear()
            self._session = self.new_id("session")
            about = {"v": 10, "session_id": self._session, "resume_gateway_url": self._url, "user": {"id": BOT}}
            peer.send(json.dumps({"op": 0, "s": 1, "t": "READY", "d": about}))
            self._peers.append(peer)

    def _go_on(self, peer: ServerConnection, wanted: Mapping[str, Any]) -> None:
        with self.lock:
            if wanted.get("session_id") != self._session:
                peer.send('{"op":9,"d":false}')
                return
            for frame in self._told[max(0, int(wanted.get("seq") or 0) - 1) :]:
                peer.send(json.dumps(frame, ensure_ascii=False))
            peer.send(json.dumps({"op": 0, "s": len(self._told) + 1, "t": "RESUMED", "d": {}}))
            self._peers.append(peer)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        match call.method, call.path.split("/")[1:]:
            case "GET", ["cdn", file_id]:
                file = self.file(file_id)
                return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if call.headers.get("authorization") != f"Bot {self._token}":
            return _no(401, 0, "401: Unauthorized")
        if not call.headers.get("user-agent", "").startswith("DiscordBot ("):
            return _no(403, 40333, "internal network error")
        match call.method, call.path.split("/")[1:]:
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
                return Answer.of({"url": self._url, "shards": 1, "session_start_limit": limit})
            case "GET", ["users", "@me"]:
                return Answer.of({"id": BOT, "username": "desk", "bot": True})
            case "POST", ["users", "@me", "channels"]:
                person = str((call.json() or {}).get("recipient_id", ""))
                return (
                    Answer.of({"id": _direct(person), "type": 1})
                    if person in self.known
                    else _no(400, 50033, "Invalid")
                )
            case "POST", ["channels", channel, "messages"]:
                return self._post(channel, call)
        return _no(404, 0, "404: Not Found")

    def _post(self, channel: str, call: Call) -> Answer:
        wanted, file = _read(call)
        person, text = _person_of(channel), str(wanted.get("content", ""))
        if person not in self.known:
            return _no(404, 10003, "Unknown Channel")
        nonce = str(wanted.get("nonce", ""))
        if wanted.get("enforce_nonce") and nonce in self._nonces:
            return Answer.of({"id": self._nonces[nonce], "channel_id": channel})
        if len(text) > MAX_TEXT or not (text or file) or len(nonce) > 25:
            return _no(400, 50035, "Invalid Form Body")
        if self.has_bad_luck():
            return Answer.of({"message": "You are being rate limited.", "retry_after": 0.4, "global": False}, 429)
        if self.refusal_for(person):
            return _no(403, 50007, "Cannot send messages to this user")
        file_id = self.keep(file) if file else ""
        line = self.deliver(person, text or "[file]", file_id=file_id, state="delivered")
        self._nonces[nonce] = _id(line)
        self.courier.push(self._event("MESSAGE_CREATE", self._said(line, BOT, {"content": text, "nonce": nonce})))
        return Answer.of({"id": _id(line), "channel_id": channel})

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def _url(self) -> str:
        port = self._server.socket.getsockname()[1] if self._server is not None else 0
        return f"ws://{HOST}:{port}"

    @property
    def _base(self) -> str:
        return str(self.account.settings.get("api_base", ""))

    @property
    def _token(self) -> str:
        return str(self.account.secrets.get("bot_token", ""))


def _no(status: int, code: int, message: str) -> Answer:
    return Answer.of({"code": code, "message": message}, status)


def _id(line: Line) -> str:
    return f"{int(line.at.timestamp() * 1000)}{line.number:05d}"


def _direct(person: str) -> str:
    """The channel between the bot and one person."""
    return f"3{person[1:]}"


def _person_of(channel: str) -> str:
    return f"2{channel[1:]}"


def _read(call: Call) -> tuple[dict[str, Any], File | None]:
    document = call.json()
    if isinstance(document, dict):
        return document, None
    upload = upload_of(call)
    return json.loads(upload.fields.get("payload_json", "{}")), upload.files.get("files[0]")
