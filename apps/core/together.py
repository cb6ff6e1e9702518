"""Questions that thousands ask at the same time, put to the database as one."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """`await together.ask(question)`: what is asked while others are answered goes into one call after them.

    The call runs in a thread, one at a time, and gives each question its answer, or the exception to raise for it. Calls go at
    a distance of `pause` seconds; the first one after a quiet while goes at once. Belongs to one event loop.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Sequence[A | Exception]], *, pause: float, most: int) -> None:
        self._answer = answer
        self._pause = pause
        self._most = most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._work: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._work is None:
            # In no context of who happens to ask first: not in their language, not under their id in the log.
            self._work = asyncio.create_task(self._answer_all(), context=contextvars.Context())
        return await answer

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                portion, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._settle(portion)
                if len(self._waiting) < self._most:
                    await asyncio.sleep(self._pause)
        finally:
            self._work = None

    async def _settle(self, portion: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        asked = [(question, answer) for question, answer in portion if not answer.done()]  # who hung up is gone
        if not asked:
            return
        try:
            found = await database_sync_to_async(self._answer, thread_sensitive=False)([one for one, _ in asked])
        except (OperationalError, InterfaceError) as error:
            found = [error] * len(asked)  # the database is away, for each of them
        except Exception as error:  # noqa: BLE001  one question that cannot be answered may not take the others along
            if len(asked) > 1:
                for alone in asked:
                    await self._settle([alone])
                return
            found = [error]
        for (_question, answer), given in zip(asked, found, strict=True):
            _give(answer, given)


def _give(answer: asyncio.Future[A], given: A | Exception) -> None:
    if answer.done():
        return
    if isinstance(given, Exception):
        answer.set_exception(given)
    else:
        answer.set_result(given)
