"""Brings what a platform has to tell to the installation: again after a failure, sometimes twice, sometimes late."""

from __future__ import annotations

import heapq
import http.client
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from apps.simulator.mischief import Mischief
from apps.simulator.shapes import Push, Request

logger = logging.getLogger(__name__)

LATE_SECONDS: Final = 3.0
"""A call that is overtaken comes by up to so much later."""


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    push: Push = field(compare=False)
    attempt: int = field(default=0, compare=False)


class Courier:
    """One thread of one account, so that its calls leave in the order of writing unless mischief has it otherwise.

    `carry` brings a call there, `is_taken` judges the answer, `retries` are the waits before the next attempts, as the
    platform documents them.
    """

    def __init__(
        self,
        name: str,
        *,
        carry: Callable[[Request], tuple[int, bytes]],
        is_taken: Callable[[int, bytes], bool],
        retries: Sequence[float],
        mischief: Mischief,
        chance: random.Random,
    ) -> None:
        self._carry = carry
        self._is_taken = is_taken
        self._retries = retries
        self._mischief = mischief
        self._chance = chance
        self._heap: list[_Due] = []
        self._count = 0
        self._is_busy = False
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"courier {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def push(self, push: Push, *, after: float = 0.0) -> None:
        """Sends in `after` seconds of the platform's time."""
        late = self._chance.uniform(0, LATE_SECONDS) if self._chance.random() < self._mischief.disorder else 0.0
        self._add(push, after + late)
        if self._chance.random() < self._mischief.duplicates:
            self._add(push, after + late + self._chance.uniform(0, LATE_SECONDS))

    def wait_idle(self, seconds: float) -> bool:
        """Whether everything was taken or given up in that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._heap and not self._is_busy, timeout=seconds)

    def _add(self, push: Push, after: float, attempt: int = 0) -> None:
        with self._changed:
            self._count += 1
            at = time.monotonic() + after * self._mischief.pace
            heapq.heappush(self._heap, _Due(at, self._count, push, attempt))
            self._changed.notify_all()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            try:
                self._deliver(due)
            except Exception:  # one call that cannot be made does not silence the platform
                logger.exception("simulator.push_failed")
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()

    def _next(self) -> _Due | None:
        with self._changed:
            while not self._is_stopping:
                wait = self._heap[0].at - time.monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    self._is_busy = True
                    return heapq.heappop(self._heap)
                self._changed.wait(wait)
        return None

    def _deliver(self, due: _Due) -> None:
        outcome = self._attempt(due.push.make())
        if outcome != "taken" and due.attempt < len(self._retries):
            self._add(due.push, self._retries[due.attempt], due.attempt + 1)
            outcome = f"{outcome}, again"
        due.push.done(outcome)

    def _attempt(self, request: Request) -> str:
        try:
            status, body = self._carry(request)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer ({type(error).__name__})"
        return "taken" if self._is_taken(status, body) else f"refused ({status})"


def post(request: Request, *, timeout: float) -> tuple[int, bytes]:
    parts = urlsplit(request.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(request.method, path, body=request.body, headers=dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
