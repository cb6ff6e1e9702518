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
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.connector import client_channel
from apps.channels.connectors.protocol.hints import Hints
from apps.channels.models import Channel
from apps.core.errors import AppError
from apps.core.together import Together

PAGE: Final = 50
PAUSE: Final = 0.03
ROUND: Final = 0.5
"""Seconds for which looks that nobody waits for are gathered."""

MOST: Final = 200
"""So many sockets ask by one call: more would keep a thread, and those who come after, for longer than a tenth of a second."""

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


class Shared:
    """What the sockets of one event loop have in common."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hints = Hints()
        self.channels: Together[str, Channel] = Together(open_channels, pause=PAUSE, most=MOST)
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


def look(questions: Sequence[Question]) -> list[Answer | AppError]:
    found = identify(questions)
    proved = [
        (client, question.after)
        for client, question in zip(found, questions, strict=True)
        if not isinstance(client, AppError)
    ]
    news = iter(messages.news_of_all(proved, limit=PAGE))
    progress = sessions.progress_of_all((client.channel, client.conversation) for client, _after in proved)
    return [
        client if isinstance(client, AppError) else Answer(client, next(news), progress[client.conversation.pk])
        for client in found
    ]


def identify(questions: Sequence[Question]) -> list[Client | AppError]:
    channels = open_channels([question.key for question in questions])
    claims = [
        channel if isinstance(channel, AppError) else _attempt(clients.claim, channel, question.token)
        for channel, question in zip(channels, questions, strict=True)
    ]
    rows = clients.conversations_of([claim for claim in claims if not isinstance(claim, AppError)])
    return [
        claim if isinstance(claim, AppError) else _attempt(clients.client_of, claim, rows.get(claim.key))
        for claim in claims
    ]


def _attempt(work: Callable[..., T], *args: Any) -> T | AppError:
    try:
        return work(*args)
    except AppError as refusal:
        return refusal
