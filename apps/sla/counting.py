"""How long a promise has run, and when it is due. No database and no clock in here.

A stretch is told by its boundaries: when it began to count, ceased, began again … in UTC. Everything else follows from
them, so that another calendar or another target is a matter of asking anew, whatever happened before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.sla.errors import NeverOpens, TooFar
from apps.sla.timetable import Timetable

WHOLE = 100
"""The share of a target at which it is breached."""


@dataclass(frozen=True)
class Count:
    target: timedelta
    timetable: Timetable | None
    """None: every second counts."""
    boundaries: Sequence[datetime]

    @property
    def is_running(self) -> bool:
        return len(self.boundaries) % 2 == 1

    @property
    def due_at(self) -> datetime | None:
        return self.reaches(WHOLE)

    def reaches(self, share: int) -> datetime | None:
        """The moment when this share of the target has passed; None while paused short of it, or if it never comes."""
        left = self.target * share / WHOLE
        for start, end in self._spans():
            if end is None:
                return self._after(start, left)
            passed = self._between(start, end)
            if passed >= left:
                return self._after(start, left)
            left -= passed
        return None

    def passed(self, until: datetime) -> timedelta:
        """What has counted until a moment that lies not before the last boundary."""
        return sum((self._between(start, end or until.astimezone(UTC)) for start, end in self._spans()), timedelta())

    def left(self, until: datetime) -> timedelta:
        return self.target - self.passed(until)

    def _spans(self) -> Iterator[tuple[datetime, datetime | None]]:
        # Between two moments of one zone Python counts by the wall clock, which may have been put forward or back.
        moments = [moment.astimezone(UTC) for moment in self.boundaries]
        ends: list[datetime | None] = [*moments[1::2]]
        if self.is_running:
            ends.append(None)
        return zip(moments[0::2], ends, strict=True)

    def _between(self, start: datetime, end: datetime) -> timedelta:
        if self.timetable is None:
            return max(end - start, timedelta())
        try:
            return self.timetable.working_time_between(start, end)
        except TooFar:  # a ticket older than calendars count is late by any of them
            return self.target

    def _after(self, start: datetime, duration: timedelta) -> datetime | None:
        if self.timetable is None:
            return start + duration
        try:
            return self.timetable.add_working_time(start, duration)
        except (NeverOpens, TooFar):
            return None


def began(at: datetime) -> list[datetime]:
    return [at]


def stopped(boundaries: Sequence[datetime], at: datetime) -> list[datetime]:
    """Not before it began to count: clocks of two processes may disagree by a moment."""
    return [*boundaries, max(at, boundaries[-1])] if len(boundaries) % 2 == 1 else list(boundaries)


def resumed(boundaries: Sequence[datetime], at: datetime) -> list[datetime]:
    return [*boundaries, max(at, boundaries[-1])] if len(boundaries) % 2 == 0 else list(boundaries)
