"""When an alert begins and ends, as arithmetic over figures and moments. No database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Limits:
    """Crossed above (or below) `limit`; back once the figure has gone `margin` beyond it. Both must hold for `hold`."""

    is_above: bool
    limit: int
    margin: int
    hold: timedelta
    quiet: timedelta

    def is_crossed_by(self, figure: int | None) -> bool:
        """What cannot be measured alarms nobody: a service level of no calls is none."""
        if figure is None:
            return False
        return figure > self.limit if self.is_above else figure < self.limit

    def is_back_at(self, figure: int | None) -> bool:
        if figure is None:
            return True
        return figure <= self.limit - self.margin if self.is_above else figure >= self.limit + self.margin


@dataclass(frozen=True, slots=True)
class Course:
    """How far it has come: `since` is when the figure crossed, `back_since` when it came back."""

    since: datetime | None = None
    is_told: bool = False
    back_since: datetime | None = None
    last_told: datetime | None = None
    """When the alert before this one was told."""


class Move(Enum):
    RISE = auto()
    FALL = auto()
    FIRE = auto()
    TURN_BACK = auto()
    CROSS_AGAIN = auto()
    CLEAR = auto()


def next_move(limits: Limits, course: Course, figure: int | None, at: datetime) -> Move | None:
    """What this figure changes. Who rises is asked once more, for without a hold it fires in the same look."""
    if course.since is None:
        return Move.RISE if limits.is_crossed_by(figure) else None
    if not course.is_told:
        if not limits.is_crossed_by(figure):
            return Move.FALL
        is_quiet = course.last_told is not None and at < course.last_told + limits.quiet
        return Move.FIRE if at >= course.since + limits.hold and not is_quiet else None
    if not limits.is_back_at(figure):
        return None if course.back_since is None else Move.CROSS_AGAIN
    if at >= (course.back_since or at) + limits.hold:
        return Move.CLEAR
    return Move.TURN_BACK if course.back_since is None else None
