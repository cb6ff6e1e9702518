"""Hints to the open sockets of a process: that something is new in a conversation, and never what.

One subscription hears the hints of all conversations and drops those that no socket here is about: cheaper than a
subscription for each of thousands of sockets, most of which never hear anything.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

from channels.layers import get_channel_layer

from apps.channels.connectors.protocol.messages import HINT, HINTS
from apps.core.outage import Outage

_outage = Outage("app.hints_lost")

HINT_PAUSE = 5.0
REMEMBERED: Final = 60.0
"""Seconds for which it is known that a conversation was spoken of; nobody takes longer between asking and joining."""


class Member(Protocol):
    def hear(self, kind: str, version: int) -> None:
        """Version 0 says: look, whatever you have."""


class Hints:
    """Belongs to one event loop. Hints may be lost with the layer, so whoever joins also looks at intervals."""

    def __init__(self) -> None:
        self._members: dict[int, set[Member]] = {}
        self._heard: dict[int, float] = {}
        self._complete_since = math.inf
        self._listening: asyncio.Task[None] | None = None

    def join(self, conversation: int, member: Member, *, since: float) -> None:
        """`since` is when the member began to read what it knows: what was said in between it hears now."""
        self._members.setdefault(conversation, set()).add(member)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), context=contextvars.Context())
        was_deaf = since < self._complete_since < math.inf  # while we do not hear anything, `begin` is still to come
        if was_deaf or since <= self._heard.get(conversation, -math.inf):
            member.hear(HINT, 0)

    def leave(self, conversation: int, member: Member) -> None:
        members = self._members.get(conversation, set())
        members.discard(member)
        if not members:
            self._members.pop(conversation, None)

    async def _listen(self) -> None:
        """Hears hints for as long as the layer is there, and comes back to it when it is there again."""
        while True:
            try:
                layer = get_channel_layer()
                if layer is None:
                    return
                name = await layer.new_channel()
                await layer.group_add(HINTS, name)
                _outage.worked()
                self.begin()
                while True:
                    self.take(await layer.receive(name))
            except Exception as error:  # noqa: BLE001  hints are best effort, whatever the layer's client raises
                self._complete_since = math.inf
                _outage.failed(error)
                await asyncio.sleep(HINT_PAUSE)

    def begin(self) -> None:
        """Something may have come before we listened."""
        self._complete_since = time.monotonic()
        for members in self._members.values():
            for member in members:
                member.hear(HINT, 0)

    def take(self, hint: Mapping[str, Any]) -> None:
        conversation, moment = int(hint["id"]), time.monotonic()
        self._heard.pop(conversation, None)
        self._heard[conversation] = moment  # the newest at the end
        for member in self._members.get(conversation, ()):
            member.hear(str(hint["kind"]), int(hint["version"]))
        while self._heard and next(iter(self._heard.values())) < moment - REMEMBERED:
            del self._heard[next(iter(self._heard))]
