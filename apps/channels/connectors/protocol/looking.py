"""What the open sockets of a process ask the database, again and again and all together.

Each look proves its client anew, so a token that ended, a channel that was closed and a guest who signed in reach open
sockets. Hundreds of looks take the few statements of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from apps.channels.connectors.protocol import clients, messages, sessions
from apps.channels.connectors.protocol.clients import Claim, Client
from apps.channels.connectors.protocol.connector import client_channel
from apps.channels.connectors.protocol.hints import Hints
from apps.channels.connectors.protocol.messages import Draft, Line
from apps.channels.models import Channel
from apps.core.errors import AppError
from apps.core.together import Together, for_accepted

PAGE: Final = 50
PAUSE: Final = 0.05
ROUND: Final = 0.5
"""Seconds for which looks that nobody waits for are gathered."""

MOST: Final = 200
"""So many sockets ask by one call: more would keep a thread, and those who come after, for longer than a tenth of a second."""

AT_ONCE: Final = 50
"""So many lines go into one transaction."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """Whom does the socket speak for by now, and what comes after the line that it has?"""

    key: str
    token: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    client: Client
    news: messages.News
    progress: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Speech:
    """What somebody says, whom the token speaks for."""

    key: str
    token: str
    draft: Draft
    ip: str


class Shared:
    """What the sockets of one event loop have in common."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hints = Hints()
        self.channels: Together[str, Channel] = Together(open_channels, pause=PAUSE, most=MOST)
        self.lines: Together[Speech, dict[str, Any]] = Together(speak, pause=PAUSE, most=AT_ONCE, lanes=2)
        self.clients: Together[Question, Client] = Together(identify, pause=PAUSE, most=MOST)
        self.looks: Together[Question, Answer] = Together(look, pause=PAUSE, most=MOST)
        self.rounds: Together[Question, Answer] = Together(look, pause=ROUND, most=MOST)


_current: list[Shared] = []


def shared() -> Shared:
    if not _current or _current[0].loop is not asyncio.get_running_loop():
        _current[:] = [Shared()]
    return _current[0]


def open_channels(keys: Sequence[str]) -> list[Channel | AppError]:
    found = {key: _attempt(client_channel, key) for key in set(keys)}
    return [found[key] for key in keys]


def identify(questions: Sequence[Question]) -> list[Client | AppError]:
    channels = open_channels([question.key for question in questions])
    claims = [
        channel if isinstance(channel, AppError) else _attempt(clients.claim, channel, question.token)
        for channel, question in zip(channels, questions, strict=True)
    ]
    return for_accepted(claims, _clients_of)


def _clients_of(claims: Sequence[Claim]) -> list[Client | AppError]:
    rows = clients.conversations_of(claims)
    return [_attempt(clients.client_of, claim, rows.get(claim.key)) for claim in claims]


def look(questions: Sequence[Question]) -> list[Answer | AppError]:
    found = [
        client if isinstance(client, AppError) else (client, question.after)
        for client, question in zip(identify(questions), questions, strict=True)
    ]
    return for_accepted(found, _answers)


def _answers(asked: Sequence[tuple[Client, int]]) -> list[Answer]:
    news = messages.news_of_all(asked, limit=PAGE)
    progress = sessions.progress_of_all((client.channel, client.conversation) for client, _after in asked)
    return [
        Answer(client, told, progress[client.conversation.pk])
        for (client, _after), told in zip(asked, news, strict=True)
    ]


def speak(speeches: Sequence[Speech]) -> list[dict[str, Any] | AppError]:
    found = identify([Question(speech.key, speech.token) for speech in speeches])
    lines = [
        client if isinstance(client, AppError) else Line(client, speech.draft, speech.ip)
        for client, speech in zip(found, speeches, strict=True)
    ]
    return for_accepted(lines, messages.say_all)


def _attempt(work: Callable[..., T], *args: Any) -> T | AppError:
    try:
        return work(*args)
    except AppError as refusal:
        return refusal
