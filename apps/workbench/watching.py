"""Closes sockets whose session is over although nothing was said to them: ended from elsewhere, signed out, run out.

One statement a process every `EVERY`, however many sockets it holds; none while it holds none. A page whose session
goes on notices nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from apps.accounts.sessions import marks_of

logger = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=2)
Look = Callable[[], Awaitable[object]]


class _Watch:
    """The sockets of one event loop; a web process has one."""

    def __init__(self) -> None:
        self._looks: dict[Look, str] = {}
        self._marks: dict[str, Hashable] = {}
        self._clock: asyncio.Task[None] | None = None

    def add(self, session: str, look: Look) -> None:
        self._looks[look] = session
        if self._clock is None:
            self._clock = asyncio.create_task(self._keep_looking())

    def drop(self, look: Look) -> None:
        self._looks.pop(look, None)
        if not self._looks and self._clock is not None:
            self._clock.cancel()
            self._clock = None

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(EVERY.total_seconds())
            try:
                await self._look()
            except DatabaseError as error:  # nobody is closed because the database rests
                logger.warning("sockets.not_watched", error=type(error).__name__)

    async def _look(self) -> None:
        """A session that was not known at the last look is looked at once more: it may have ended before this one."""
        asked = set(self._looks.values())
        marks = await database_sync_to_async(marks_of)(asked)
        news = {session for session in asked if session not in marks or marks[session] != self._marks.get(session)}
        self._marks = marks
        looks = [look for look, session in list(self._looks.items()) if session in news]
        for failed in await asyncio.gather(*(look() for look in looks), return_exceptions=True):
            if isinstance(failed, Exception):  # one socket's trouble keeps nobody else's open
                logger.warning("sockets.look_failed", error=type(failed).__name__)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


def watch(session: str, look: Look) -> None:
    """From now on `look` is called soon after the session's row, or whose it is, has changed so that it may be over."""
    _watches.setdefault(asyncio.get_running_loop(), _Watch()).add(session, look)


def unwatch(look: Look) -> None:
    _watches.setdefault(asyncio.get_running_loop(), _Watch()).drop(look)
