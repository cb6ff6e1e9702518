"""How a month will end for a term, worked out from its figures so far. Nothing here reads or writes anything.

Each day that is left is taken to bring as much work as each day of the month so far; then shares and means of days add up
by time. What is `needed` is the figure that the rest of the month has to have for the whole of it to be as agreed, and
the term is at risk while the last seven days are worse than that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from apps.metrics.enums import Unit
from apps.metrics.measures import Measure
from apps.outsourcing.enums import Bound, Outlook
from apps.outsourcing.models import SlaTerm

DAY: Final = 86_400
WEEK_DAYS: Final = 7
SUMS_OF_TIME: Final = frozenset({"signed_in_time"})
HIGHEST: Final = frozenset({"longest_wait"})
"""Once it was too much, nothing makes it less."""
OF_NOW: Final = frozenset(
    {"backlog", "backlog_over_a_day", "backlog_over_a_week", "backlog_oldest", "waiting", "oldest_waiting"}
)
"""These say how things stand; the month so far makes no difference to them."""


@dataclass(frozen=True, slots=True)
class Course:
    """`month`: the figure so far; `week`: that of the last seven days, or since the contract began, if that is later. None:
    nothing was measured.
    """

    month: float | None
    week: float | None
    elapsed: float
    """Seconds of the month that are over, as far as the contract covers it."""
    left: float
    """More than none."""
    week_seconds: float = WEEK_DAYS * DAY


@dataclass(frozen=True, slots=True)
class Judged:
    state: Outlook
    needed: float | None
    """In the rest of the month; of sums, so much more, or so much at most. None where nothing that comes makes a difference."""


def judge(measure: Measure, term: SlaTerm, course: Course) -> Judged:
    known = course.month if course.month is not None else course.week
    if known is None:
        return Judged(Outlook.OK, None)
    if measure.key in HIGHEST and course.month is not None:
        return Judged(_met_or(Outlook.MISSED, term, known), None)
    if measure.key in OF_NOW | HIGHEST:
        return Judged(_met_or(Outlook.AT_RISK, term, known), None)
    if measure.unit == Unit.COUNT or measure.key in SUMS_OF_TIME:
        return _of_sum(term, course)
    return _of_rate(term, course, highest=100.0 if measure.unit == Unit.PERCENT else math.inf)


def _met_or(otherwise: Outlook, term: SlaTerm, figure: float) -> Outlook:
    return Outlook.OK if term.is_met_by(figure) else otherwise


def _of_sum(term: SlaTerm, course: Course) -> Judged:
    done = course.month or 0
    needed = term.threshold - done
    if term.bound == Bound.AT_MOST and needed < 0:
        return Judged(Outlook.MISSED, None)
    coming = (course.week or 0) * course.left / course.week_seconds
    return Judged(_met_or(Outlook.AT_RISK, term, done + coming), max(needed, 0.0))


def _of_rate(term: SlaTerm, course: Course, highest: float) -> Judged:
    """Without a figure of the month the rest alone decides; without one of the week it goes on as the month did."""
    week = course.month if course.week is None else course.week
    elapsed = 0.0 if course.month is None else course.elapsed
    done, whole = (course.month or 0) * elapsed, elapsed + course.left
    needed = (term.threshold * whole - done) / course.left
    if needed < 0 if term.bound == Bound.AT_MOST else needed > highest:
        return Judged(Outlook.MISSED, None)
    return Judged(_met_or(Outlook.AT_RISK, term, (done + (week or 0) * course.left) / whole), needed)
