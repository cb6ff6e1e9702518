"""Working time as arithmetic: when it is open, and how much open time lies between two moments.

No database and no clock in here. Hours are said in local wall time; everything else happens between moments in UTC, so
that a day of 23 or 25 hours counts as what it is. Where a clock is put forward, a wall time that it skips is the moment
of the skip; where it is put back, a wall time that it shows twice is the first of the two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.sla.errors import NeverCloses, NeverOpens, TooFar

Hours = tuple[tuple[int, int], ...]
"""A day's openings as minutes after its midnight, in order and apart. 1440 is the midnight that ends it."""

SEARCH = timedelta(days=3 * 366)
"""How far ahead an opening or a closing is looked for."""
REACH = timedelta(days=30 * 366)
"""How long a stretch of time may be. Both bounds keep a mistyped figure from holding up a worker."""

MIDNIGHT = 24 * 60
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_OPENING = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*(?:[-–—~]|to|至|到)\s*([0-9]{1,2}):([0-9]{2})")
_BETWEEN = re.compile(r"[\s,;、]+")


class UnreadableHours(ValueError):
    """The text names no hours, or hours that end before they begin or overlap."""


class Period(NamedTuple):
    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class Timetable:
    zone: ZoneInfo
    week: tuple[Hours, ...]
    """Monday's hours first."""
    days: Mapping[date, Hours] = field(default_factory=dict)
    """Days on which other hours hold than the week's: none at all on holidays."""

    def hours_on(self, day: date) -> Hours:
        return self.days.get(day, self.week[day.weekday()])

    def is_open(self, at: datetime) -> bool:
        at = _moment(at)
        return any(period.opens <= at for period in self._periods(at, at + _SECOND))

    def next_opening(self, at: datetime) -> datetime:
        """The first open moment from `at` on: while it is open, `at` itself."""
        at = _moment(at)
        for period in self._periods(at, at + SEARCH):
            return max(at, period.opens)
        raise NeverOpens

    def next_closing(self, at: datetime) -> datetime:
        """When the opening that holds at `at`, or else the next one, ends. Hours that touch at midnight are one opening."""
        closes = at = self.next_opening(at)
        for period in self._periods(at, at + SEARCH):
            if period.opens > closes:
                return closes
            closes = period.closes
        if closes < at + SEARCH - _DAY:  # the last opening there is
            return closes
        raise NeverCloses

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from start to end; none where the end does not lie after the start."""
        start, end = _moment(start), _moment(end)
        if end - start > REACH:
            raise TooFar
        spans = (min(end, period.closes) - max(start, period.opens) for period in self._periods(start, end))
        return sum(spans, timedelta())

    def add_working_time(self, start: datetime, duration: timedelta) -> datetime:
        """The first moment by which so much open time has passed. It may be a closing, and is `start` for no time at all."""
        start, left = _moment(start), duration
        if left < timedelta():
            raise ValueError("Working time is counted forwards.")
        if not left:
            return start
        start = self.next_opening(start)
        for period in self._periods(start, start + REACH):
            opens = max(start, period.opens)
            if left <= period.closes - opens:
                return opens + left
            left -= period.closes - opens
        raise TooFar

    def _periods(self, start: datetime, end: datetime) -> Iterator[Period]:
        """Openings in order that end after `start` and begin before `end`."""
        # A day earlier, for a clock put back over midnight shows the date of yesterday during today's hours.
        day = start.astimezone(self.zone).date() - _DAY
        last = end.astimezone(self.zone).date() + _DAY
        while day <= last:
            for first, until in self.hours_on(day):
                period = Period(self._moment_of(day, first), self._moment_of(day, until))
                if period.opens >= end:
                    return
                if period.closes > max(start, period.opens):  # skipped hours have no length
                    yield period
            day += _DAY

    def _moment_of(self, day: date, minute: int) -> datetime:
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        moment = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) == wall:
            return moment
        return self._skip(wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC), moment)

    def _skip(self, before: datetime, after: datetime) -> datetime:
        """The moment between the two at which the clock is put forward, to the second."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > _SECOND:
            middle = before + (after - before) // (2 * _SECOND) * _SECOND
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    if not _EARLIEST <= at <= _LATEST:
        raise TooFar
    return at.astimezone(UTC)


# Hours as people write them


def read_hours(text: str) -> Hours:
    """`09:00-12:00, 13:30-18:00`; also with the punctuation of a Chinese keyboard. Nothing at all is closed."""
    openings: list[tuple[int, int]] = []
    rest = unicodedata.normalize("NFKC", text).strip()
    while rest:
        found = _OPENING.match(rest)
        if found is None:
            raise UnreadableHours(text)
        openings.append(_opening(*map(int, found.groups())))
        rest = rest[found.end() :]
        gap = _BETWEEN.match(rest)
        if rest and gap is None:
            raise UnreadableHours(text)
        rest = rest[gap.end() :] if gap else ""
    openings.sort()
    if any(later[0] <= earlier[1] for earlier, later in pairwise(openings)):
        raise UnreadableHours(text)
    return tuple(openings)


def write_hours(hours: Hours) -> str:
    return ", ".join(f"{_clock(first)}-{_clock(until)}" for first, until in hours)


def _opening(first_hour: int, first_minute: int, last_hour: int, last_minute: int) -> tuple[int, int]:
    first, until = 60 * first_hour + first_minute, 60 * last_hour + last_minute
    if max(first_minute, last_minute) > 59 or not first < until <= MIDNIGHT:
        raise UnreadableHours(f"{first_hour}:{first_minute:02}-{last_hour}:{last_minute:02}")
    return first, until


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
