"""The protocol over a socket: the same commands as over HTTP, and news as soon as they are there.

Hints only say "look". What is told is read from the database, after a hint and at intervals, so nothing is lost with the
channel layer; it may be gone when a socket opens and while it is open. All sockets of a process hear hints and look
together (`hints`, `looking`): by the thousand, none of them asks by itself.
"""

from __future__ import annotations

import asyncio
import io
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import translation
from rest_framework.exceptions import ValidationError

from apps.channels.connectors.protocol import inputs, messages, sessions
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.connector import protocol_of
from apps.channels.connectors.protocol.errors import OriginRefused, TokenRefused, UnknownFrame
from apps.channels.connectors.protocol.looking import Answer, Question, Speech, shared
from apps.channels.connectors.protocol.tokens import TOLERANCE
from apps.channels.errors import ChannelInactive
from apps.core import clock
from apps.core.api.errors import MalformedBody
from apps.core.api.parsers import StrictJsonParser
from apps.core.api.problems import problem_of
from apps.core.errors import AppError
from apps.core.languages import public_language
from apps.core.together import Together

logger = structlog.get_logger(__name__)

UNPROVED: Final = 4401
CLOSED_WITH: Final[Mapping[type[AppError], int]] = {TokenRefused: UNPROVED, OriginRefused: 4403, ChannelInactive: 4404}
"""Refusals that end the socket. Every other one is told, and the socket goes on."""

TOO_MANY: Final = 4429
TOO_LARGE: Final = 1009
NOT_TEXT: Final = 1003

PROOF_SECONDS = 10.0
LOOK_SECONDS = 20.0
MAX_FRAME: Final = 64 * 1024
BURST: Final = 60
FRAMES_PER_SECOND: Final = 5.0

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Command = Callable[["ClientSocket", Client, Any], dict[str, Any]]


async def client_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await ClientSocket(scope, receive, send).serve()


class ClientSocket:
    """One connection of a client. What it says and what it is told goes through one loop, one after the other."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.key: str = scope["url_route"]["kwargs"]["key"]
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope.get("headers", ())}
        self._origin = headers.get("origin", "")
        self._languages = headers.get("accept-language", "")
        self.ip = str((scope.get("client") or ("",))[0])
        self.language = _language(self._languages, settings.LANGUAGE_CODE)
        self._token = ""
        self._client: Client | None = None
        self._sent = 0
        self._progress: dict[str, Any] = {}
        self._is_open = True
        self._conversation = 0
        self._hinted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._due = 0.0
        self._signals: set[str] = set()
        self._opened = time.monotonic()
        self._budget, self._counted = float(BURST), self._opened

    # --- The loop -----------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        await self._receive()
        # Accepted in any case: a browser's page never hears why a handshake was refused.
        await self._send({"type": "websocket.accept"})
        await self._guarded(None, self._welcome())
        try:
            await self._converse()
        finally:
            self._belong_to(0)

    async def _converse(self) -> None:
        frame = asyncio.ensure_future(self._receive())
        try:
            while self._is_open:
                either: set[asyncio.Future[Any]] = {frame, self._hinted}
                done, _ = await asyncio.wait(either, timeout=self._patience(), return_when=asyncio.FIRST_COMPLETED)
                if frame in done:
                    await self._hear_frame(frame.result())
                    if self._is_open:
                        frame = asyncio.ensure_future(self._receive())
                if self._hinted.done():
                    self._hinted = asyncio.get_running_loop().create_future()
                    if self._due > self._sent:
                        await self._look(shared().looks)
                elif not done:
                    await self._look(shared().rounds)
        finally:
            frame.cancel()

    def hear(self, kind: str, version: int) -> None:
        """A hint about the conversation. A line that was told by then need not be looked for."""
        if kind != messages.HINT:
            self._signals.add(kind)
        self._due = max(self._due, version or math.inf)
        if self._due > self._sent and not self._hinted.done():
            self._hinted.set_result(None)

    def _patience(self) -> float:
        """Seconds until something is due without being asked for: the proof, a look, the end of the token."""
        if self._client is None:
            return max(0.0, self._opened + PROOF_SECONDS - time.monotonic())
        if self._client.expires_at is None:
            return LOOK_SECONDS
        left = self._client.expires_at + TOLERANCE - clock.now()
        return min(LOOK_SECONDS, max(0.1, left.total_seconds() + 0.1))

    async def _hear_frame(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "websocket.disconnect":
            self._is_open = False
            return
        text = event.get("text")
        if text is None:
            await self._close(NOT_TEXT)
        elif len(text) > MAX_FRAME:
            await self._close(TOO_LARGE)
        elif not self._may_say_more():
            await self._close(TOO_MANY)
        else:
            await self._answer(text)

    def _may_say_more(self) -> bool:
        now = time.monotonic()
        self._budget = min(float(BURST), self._budget + (now - self._counted) * FRAMES_PER_SECOND) - 1
        self._counted = now
        return self._budget >= 0

    async def _answer(self, text: str) -> None:
        frame = await self._guarded(None, self._read(text))
        if frame is None:
            return
        kind, name, data = frame.get("type"), frame.get("id"), frame.get("data", {})
        name = name if isinstance(name, str | int) and len(str(name)) <= 64 else None
        if kind == "ping":
            await self._say("pong", name, {})
        elif kind == "authenticate":
            await self._authenticate(name, data)
        else:
            answer = await self._guarded(name, self._command(kind, data))
            if answer is not None:
                await self._say("ack", name, answer)
                await self._look(shared().looks)

    async def _read(self, text: str) -> dict[str, Any]:
        with translation.override(self.language):
            return _read_frame(text)

    # --- Who ----------------------------------------------------------------------------------------------------------

    async def _welcome(self) -> None:
        channel = await shared().channels.ask(self.key)
        self.language = _language(self._languages, channel.default_language)
        sessions.check_origin(channel, self._origin)

    async def _authenticate(self, name: Any, data: Any) -> None:
        answer = await self._guarded(name, self._prove(data))
        if answer is None:
            return
        await self._say("ready", name, sessions.greeting(answer.client, answer.client.conversation, answer.progress))
        if await self._tell_news(answer.news):
            await self._look(shared().looks)

    async def _prove(self, data: Any) -> Answer:
        """The first proof, or a newer one of the same client."""
        with translation.override(self.language):
            values = inputs.read(inputs.AuthenticateInput, data)
        after, since = values.get("after", self._sent), time.monotonic()
        answer = await shared().looks.ask(Question(self.key, values["token"], after))
        if self._client is not None and answer.client.user_id != self._client.user_id:
            raise TokenRefused
        self._client, self._token = answer.client, values["token"]
        self._sent, self._progress = after, answer.progress
        self._belong_to(answer.client.conversation.pk, since)
        return answer

    def _belong_to(self, conversation: int, since: float = 0.0) -> None:
        """Of another one, once a guest who signed in elsewhere brought one along. 0: of none any more."""
        if conversation == self._conversation:
            return
        if self._conversation:
            shared().hints.leave(self._conversation, self)
        self._conversation = conversation
        if conversation:
            shared().hints.join(conversation, self, since=since)

    # --- Commands -----------------------------------------------------------------------------------------------------

    async def _command(self, kind: Any, data: Any) -> dict[str, Any]:
        if self._client is None:
            raise TokenRefused
        connector = protocol_of(self._client.channel)
        if not isinstance(kind, str) or kind not in {SAY, *COMMANDS, *connector.commands}:
            raise UnknownFrame
        if kind == SAY:
            return await self._say_message(data)
        client = await shared().clients.ask(Question(self.key, self._token))
        command = COMMANDS.get(kind)

        def run() -> dict[str, Any]:
            with translation.override(self.language):
                return command(self, client, data) if command else connector.perform(kind, client, data)

        return await database_sync_to_async(run, thread_sensitive=False)()

    async def _say_message(self, data: Any) -> dict[str, Any]:
        with translation.override(self.language):
            draft = inputs.draft_of(data, language=self.language)
        return await shared().lines.ask(Speech(self.key, self._token, draft, self.ip))

    def _acknowledge(self, client: Client, data: Any) -> dict[str, Any]:
        conversation = messages.acknowledge(client, **inputs.read(inputs.ReceiptInput, data))
        progress = sessions.progress(client.channel, conversation)
        self._progress = progress  # the answer tells it already
        return progress

    def _list(self, client: Client, data: Any) -> dict[str, Any]:
        return sessions.news_as_told(client.channel, messages.news(client, **inputs.read(inputs.PageInput, data)))

    # --- News ---------------------------------------------------------------------------------------------------------

    async def _look(self, looks: Together[Question, Answer]) -> None:
        """Tells what is new since the last look, in order. Whoever has not proved anything by now is sent away."""
        if not self._is_open:
            return
        if self._client is None:
            await self._close(UNPROVED)
            return
        has_more = True
        while has_more and self._is_open:
            self._due, since = 0.0, time.monotonic()
            answer = await self._guarded(None, self._looked(looks))
            if answer is None:
                return
            self._client = answer.client
            self._belong_to(answer.client.conversation.pk, since)
            has_more = await self._tell_news(answer.news)
            await self._tell_progress(answer.progress)
        await self._tell_signals(self._client)

    async def _looked(self, looks: Together[Question, Answer]) -> Answer | None:
        """None while the database is away: the next look tells."""
        try:
            return await looks.ask(Question(self.key, self._token, self._sent))
        except (OperationalError, InterfaceError) as error:
            logger.warning("app.look_failed", error=type(error).__name__)
            return None

    async def _tell_news(self, news: messages.News) -> bool:
        """Whether there is more."""
        for message in news.messages:
            await self._say("message.created", None, message)
            self._sent = message["sequence"]
        return news.has_more

    async def _tell_progress(self, progress: dict[str, Any]) -> None:
        """What another device of the user has received or read, how far the company has come, and how the chat stands."""
        receipts = {name: value for name, value in progress.items() if name != "last_sequence"}
        if any(self._progress.get(name) != value for name, value in receipts.items()):
            await self._say("receipt", None, receipts)
        self._progress = progress

    async def _tell_signals(self, client: Client) -> None:
        """What is true for a moment and stands nowhere, such as that somebody types."""
        heard, self._signals = self._signals, set()
        for kind in sorted(heard & protocol_of(client.channel).signals):
            await self._say(kind, None, {})

    # --- Out ----------------------------------------------------------------------------------------------------------

    async def _guarded(self, name: Any, work: Awaitable[Any]) -> Any:
        """The result, or None after the refusal was told in the client's language."""
        try:
            return await work
        except (AppError, ValidationError) as refusal:
            with translation.override(self.language):
                told = problem_of(refusal)
            await self._say("error", name, told)
            if isinstance(refusal, AppError) and type(refusal) in CLOSED_WITH:
                await self._close(CLOSED_WITH[type(refusal)])
            return None

    async def _say(self, kind: str, name: Any, data: Any) -> None:
        if self._is_open:
            frame = {"type": kind, **({} if name is None else {"id": name}), "data": data}
            await self._send({"type": "websocket.send", "text": json.dumps(frame, ensure_ascii=False)})

    async def _close(self, code: int) -> None:
        if self._is_open:
            self._is_open = False
            await self._send({"type": "websocket.close", "code": code})


SAY: Final = "message.create"
COMMANDS: Final[Mapping[str, Command]] = {
    "messages.list": ClientSocket._list,
    "receipt": ClientSocket._acknowledge,
}


def _read_frame(text: str) -> dict[str, Any]:
    frame = StrictJsonParser().parse(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    if not isinstance(frame, dict):
        raise MalformedBody(reason=translation.gettext("it is no object"))
    return frame


def _language(preferred: str, default: str) -> str:
    request = HttpRequest()
    if preferred:
        request.META["HTTP_ACCEPT_LANGUAGE"] = preferred
    return public_language(request, default)
