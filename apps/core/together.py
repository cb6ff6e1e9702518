"""Questions that thousands ask at the same time, put to the database as one."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from apps.core.errors import AppError

Q = TypeVar("Q")
A = TypeVar("A")


def for_accepted(found: Sequence[Q | AppError], work: Callable[[Sequence[Q]], Iterable[A]]) -> list[A | AppError]:
    """Does the work at once for all that were not refused. Refusals keep their places among the answers."""
    accepted = [one for one in found if not isinstance(one, AppError)]
    answers = iter(work(accepted) if accepted else ())
    return [one if isinstance(one, AppError) else next(answers) for one in found]


class Together(Generic[Q, A]):
    """`await together.ask(question)`: what is asked while others are answered goes into one call after them.

    A call runs in a thread, up to `lanes` of them at a time, and gives each question its answer, or the exception to raise for
    it. Calls of a lane go at a distance of `pause` seconds; the first one after a quiet while goes at once. Where calls may
    have to wait for a lock, a second lane lets others pass. Belongs to one event loop.
    """

    def __init__(
        self, answer: Callable[[Sequence[Q]], Sequence[A | Exception]], *, pause: float, most: int, lanes: int = 1
    ) -> None:
        self._answer = answer
        self._pause = pause
        self._most = most
        self._lanes = lanes
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._running: set[asyncio.Task[Any] | None] = set()

    async def ask(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._running) < self._lanes:
            # In no context of who happens to ask first: not in their language, not under their id in the log.
            self._running.add(asyncio.create_task(self._answer_all(), context=contextvars.Context()))
        return await answer

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                portion, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._settle(portion)
                if len(self._waiting) < self._most:
                    await asyncio.sleep(self._pause)
        finally:
            self._running.discard(asyncio.current_task())  # in the same step in which nothing waited any more

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
