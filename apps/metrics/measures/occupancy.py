"""How much of people's time is taken by live work. Times that overlap count once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.clock import now
from apps.metrics.enums import Unit
from apps.metrics.folding.work import WRAP_UP_AT_MOST
from apps.metrics.measures.base import COLUMNS, EVERYTHING, WHOLE, Among, Measure, Parts, Period, register, share
from apps.metrics.models import HandlingFact, StateFact
from apps.routing.enums import Presence

SECTION = "time"
WORKING: Final = frozenset({Presence.AVAILABLE, Presence.BUSY, Presence.AFTER_WORK})
"""Signed in and there for work; breaks and training are paid, but no time for it."""

PARTS: Final = ("handled", "side_by_side", "working", "signed_in")

Span = tuple[datetime, datetime]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > start:
            found.append((start, end))
    return found


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """What both of two joined lists cover."""
    first, second = list(one), list(other)
    found: list[Span] = []
    while first and second:
        start, end = max(first[0][0], second[0][0]), min(first[0][1], second[0][1])
        if end > start:
            found.append((start, end))
        (first if first[0][1] <= second[0][1] else second).pop(0)
    return found


def length(spans: Iterable[Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())


@dataclass(slots=True)
class _Day:
    """One person's time in the period."""

    vendor_id: int | None = None
    working: list[Span] = field(default_factory=list)
    signed_in: list[Span] = field(default_factory=list)
    handling: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class TimeTable:
    """Read into memory, a person at a time: overlaps cannot be summed up by the database's aggregates."""

    dimensions: tuple[str, ...] = ("vendor", "agent")

    def read(self, actor: Actor, period: Period, by: str, among: Among = EVERYTHING) -> Mapping[Any, Parts]:
        period = Period(period.since, min(period.until, now()))
        found: dict[Any, dict[str, timedelta]] = {}
        for user_id, day in self._days(actor, period, among).items():
            key = {WHOLE: None, "agent": user_id, "vendor": day.vendor_id}[by]
            parts = found.setdefault(key, dict.fromkeys(PARTS, timedelta()))
            working = joined(day.working)
            parts["handled"] += length(common(joined(day.handling), working))
            parts["side_by_side"] += sum((length(common([each], working)) for each in day.handling), timedelta())
            parts["working"] += length(working)
            parts["signed_in"] += length(joined(day.signed_in))
        return found

    def _days(self, actor: Actor, period: Period, among: Among) -> dict[int, _Day]:
        days: dict[int, _Day] = defaultdict(_Day)
        whose = among.condition(COLUMNS, self.dimensions)
        states = StateFact.objects.visible_to(actor).filter(whose, period.overlaps("started_at", "ended_at"))
        columns = ("user_id", "vendor_id", "state", "started_at", "ended_at")
        for user_id, vendor_id, state, start, end in states.exclude(state=Presence.OFFLINE).values_list(*columns):
            days[user_id].vendor_id = vendor_id
            days[user_id].signed_in.append(_clipped(period, start, end))
            if state in WORKING:
                days[user_id].working.append(_clipped(period, start, end))
        live = HandlingFact.objects.visible_to(actor).filter(is_live=True, user__in=list(days))
        rows = live.filter(period.overlaps("started_at", "ended_at") | _wrapped_up_in(period))
        for user_id, start, end, wrap_up in rows.values_list("user_id", "started_at", "ended_at", "wrap_up"):
            until = None if end is None else end + wrap_up
            if user_id is not None:
                days[user_id].handling.append(_clipped(period, start, until))
        return dict(days)


def _wrapped_up_in(period: Period) -> Any:
    """A wrap-up may reach into the period although its conversation ended before."""
    return Period(period.since - WRAP_UP_AT_MOST, period.since).holds("ended_at")


def _clipped(period: Period, start: datetime, end: datetime | None) -> Span:
    return max(start, period.since), min(end or period.until, period.until)


def ratio(one: timedelta, other: timedelta) -> float | None:
    return one / other if other else None


TIME = TimeTable()

register(
    Measure(
        key="occupancy",
        name=_("Occupancy"),
        meaning=_("How much of the time in which people were there for work was taken by live work."),
        formula=_("handle time within it, overlaps counted once ÷ time available, busy or after work"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=TIME,
        value=lambda parts: share(parts["handled"].total_seconds(), parts["working"].total_seconds()),
    ),
    Measure(
        key="utilization",
        name=_("Utilization"),
        meaning=_("The same against all time in which people were signed in, breaks and training included."),
        formula=_("the same handle time ÷ signed-in time"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=TIME,
        value=lambda parts: share(parts["handled"].total_seconds(), parts["signed_in"].total_seconds()),
    ),
    Measure(
        key="concurrency",
        name=_("Conversations side by side"),
        meaning=_("How many live conversations somebody who had any had at once, on average."),
        formula=_("handle time within time for work, overlaps counted each ÷ the same, overlaps counted once"),
        unit=Unit.AVERAGE,
        section=SECTION,
        table=TIME,
        value=lambda parts: ratio(parts["side_by_side"], parts["handled"]),
    ),
    Measure(
        key="signed_in_time",
        name=_("Signed-in time"),
        meaning=_("How long people were anything but offline, taken together."),
        formula=_("sum of the time in every state but offline"),
        unit=Unit.SECONDS,
        section=SECTION,
        table=TIME,
        value=lambda parts: parts["signed_in"].total_seconds(),
    ),
)
