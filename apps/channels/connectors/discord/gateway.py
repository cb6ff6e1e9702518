"""The platform's gateway: a socket over which messages come, with a number each, and a heart that has to beat.

A message is stored in the transaction that moves the number, so a process that dies is told again what it did not
store. What is neither meant for us nor about a message of ours is not stored at all: a large community writes all day.
Source: discord/discord-api-docs (gateway, opcodes and status codes).
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from apps.channels import streams
from apps.channels.connectors.documents import Document, NotADocument, number_of, part_of, read, text_of
from apps.channels.contract import ChannelLease, VerifiedInput
from apps.channels.models import Channel, PlatformCursor
from apps.channels.services import health
from apps.channels.streams import Stream, StreamBroken, StreamRefused
from apps.core.reasons import kept_reason

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11

DIRECT_MESSAGES: Final = 1 << 12
GUILD_MESSAGES: Final = 1 << 9
MESSAGE_CONTENT: Final = 1 << 15
"""Has to be switched on in the console; without it only direct messages and mentions say what they say."""

FOR_A_PERSON: Final = {
    4004: "the bot token is not accepted",
    4010: "the shard is not accepted",
    4011: "the bot is in too many servers for one connection",
    4012: "this version of the gateway is no longer served",
    4013: "the intents are not accepted",
    4014: "the content of messages is not switched on for the app",
}
"""Ends that stay as they are until somebody changes something. Signing in is limited to 1,000 times a day."""

SESSION_LOST: Final = frozenset({4007, 4009})
REFUSED_PAUSE: Final = timedelta(hours=1)
"""After such an end, unless the channel is configured anew, which begins anew at once."""

INVALID_PAUSE: Final = (1.0, 5.0)
"""Seconds that the platform wants to pass before a session is begun anew."""

PAUSE_SECONDS: Final = 0.5
"""Between a connection that the platform ended in good order and the next."""

ACCOUNT: Final = "gateway"
MAX_POSITION: Final = 200
MAX_BYTES: Final = 4 * 1024 * 1024
HEARTBEAT_SECONDS: Final = 41.25


@dataclass(slots=True)
class Session:
    """What is needed to go on where a connection ended."""

    number: int = 0
    session_id: str = ""
    url: str = ""
    bot: str = ""

    @property
    def can_resume(self) -> bool:
        return bool(self.session_id and self.url)

    @classmethod
    def of(cls, position: str) -> Session:
        try:
            return cls(*json.loads(position)) if position else cls()
        except (ValueError, TypeError):
            return cls()

    def as_position(self) -> str:
        """Empty when it is longer than can be kept: then the next connection begins anew."""
        if not self.can_resume:
            return ""
        written = json.dumps([self.number, self.session_id, self.url, self.bot], separators=(",", ":"))
        return written if len(written) <= MAX_POSITION else ""


@dataclass(slots=True)
class Heart:
    """Beats at the platform's interval. A beat that is not answered before the next means that nobody is there."""

    interval: float
    due: float = field(init=False)
    is_answered: bool = True

    def __post_init__(self) -> None:
        # At a moment of its own, so that not all clients beat at once after a failure of the platform.
        self.due = time.monotonic() + self.interval * random.random()  # noqa: S311 (spreads load, guards nothing)

    def beat(self, stream: Stream, number: int) -> bool:
        """Whether it was time to."""
        if time.monotonic() < self.due:
            return False
        if not self.is_answered:
            raise StreamBroken
        self.is_answered = False
        self.due = time.monotonic() + self.interval
        stream.say({"op": HEARTBEAT, "d": number or None})
        return True


@dataclass(frozen=True, slots=True)
class Gateway:
    """One channel's listening. `address` asks where to connect, `item` makes an item of what is to be stored."""

    channel: Channel
    lease: ChannelLease
    stop: threading.Event
    token: str
    intents: int
    address: Callable[[], str]
    item: Callable[[Document, bytes, str], VerifiedInput | None]

    def listen(self) -> None:
        """Until it is time to end. What breaks off passes out, and is begun again by the caller, ever more slowly."""
        while not self._is_over:
            try:
                self._connection(self._kept())
                self.stop.wait(PAUSE_SECONDS)
            except StreamBroken as broken:
                if broken.close_code in SESSION_LOST:
                    self._keep(Session())
                if broken.close_code not in FOR_A_PERSON:
                    raise
                self._wait_for_a_person(broken.close_code or 0)

    # One connection

    def _connection(self, session: Session) -> None:
        """Until the platform asks for another one."""
        with ExitStack() as open_ones:
            stream = self._opened(open_ones, session)
            heart: Heart | None = None
            for frame in streams.frames(stream, self.lease, self.stop):
                if frame is not None:
                    document = _document(frame)
                    heart = self._greeted(stream, session, document) or heart
                    if not self._hear(stream, session, document, frame, heart):
                        return
                if heart is not None and heart.beat(stream, session.number):
                    self._keep(session)

    def _opened(self, open_ones: ExitStack, session: Session) -> Stream:
        """Where a session is to go on may be gone for good; the ordinary address then takes it up, or has it begun anew."""
        if session.can_resume:
            with suppress(StreamBroken):
                return open_ones.enter_context(_socket(session.url))
        return open_ones.enter_context(_socket(self.address()))

    def _greeted(self, stream: Stream, session: Session, document: Document) -> Heart | None:
        if document.get("op") != HELLO:
            return None
        stream.say(self._resuming(session) if session.can_resume else self._identifying())
        interval = number_of(part_of(document, "d"), "heartbeat_interval") or 0
        return Heart(interval / 1000 if interval > 0 else HEARTBEAT_SECONDS)

    def _hear(self, stream: Stream, session: Session, document: Document, frame: str, heart: Heart | None) -> bool:
        """False when this connection is over."""
        match document.get("op"):
            case 0:
                self._take(session, document, frame)
            case 1:
                stream.say({"op": HEARTBEAT, "d": session.number or None})
            case 7:
                self._keep(session)
                return False
            case 9:
                if document.get("d") is not True:
                    self._keep(Session())
                self.stop.wait(random.uniform(*INVALID_PAUSE))  # noqa: S311 (spreads load, guards nothing)
                return False
            case 11 if heart is not None:
                heart.is_answered = True
        return True

    def _identifying(self) -> dict[str, Any]:
        about = {"os": "linux", "browser": "contact-center", "device": "contact-center"}
        return {"op": IDENTIFY, "d": {"token": self.token, "intents": self.intents, "properties": about}}

    def _resuming(self, session: Session) -> dict[str, Any]:
        told = {"token": self.token, "session_id": session.session_id, "seq": session.number}
        return {"op": RESUME, "d": told}

    # What is kept

    def _take(self, session: Session, document: Document, frame: str) -> None:
        session.number = int(number_of(document, "s") or session.number)
        name, data = text_of(document, "t"), part_of(document, "d")
        if name == "READY":
            session.session_id, session.url = text_of(data, "session_id"), text_of(data, "resume_gateway_url")
            session.bot = text_of(part_of(data, "user"), "id")
        if name in ("READY", "RESUMED"):
            health.note_success(self.channel.pk)
            self._keep(session)
        item = self.item(document, frame.encode("utf-8", "replace"), session.bot)
        if item is None:
            return
        with transaction.atomic():
            streams.accept(self.channel, self.lease, item)
            self._keep(session)

    def _kept(self) -> Session:
        row = PlatformCursor.objects.filter(channel=self.channel, account=ACCOUNT).first()
        return Session() if row is None else Session.of(row.position)

    def _keep(self, session: Session) -> None:
        with transaction.atomic():
            self.lease.fence()
            PlatformCursor.objects.update_or_create(
                channel=self.channel, account=ACCOUNT, defaults={"position": session.as_position()}
            )

    # When it cannot go on

    @property
    def _is_over(self) -> bool:
        return self.stop.is_set() or self.lease.is_lost

    def _wait_for_a_person(self, close_code: int) -> None:
        """Told at once and not tried again for long: each try counts, and too many cost the token."""
        refused = StreamRefused(reason=f"{close_code}, {FOR_A_PERSON[close_code]}")
        self._keep(Session())
        health.note_error(self.channel.pk, code=refused.code, detail=kept_reason(refused))
        until = time.monotonic() + REFUSED_PAUSE.total_seconds()
        while not self._is_over and time.monotonic() < until:
            self.stop.wait(streams.PULSE_SECONDS)


def _socket(url: str) -> AbstractContextManager[Stream]:
    return streams.opened(f"{url}?v=10&encoding=json", max_bytes=MAX_BYTES)


def _document(frame: str) -> Document:
    try:
        return read(frame.encode("utf-8", "replace"))
    except NotADocument:
        raise StreamBroken from None
