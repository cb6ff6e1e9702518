"""Special days from an iCalendar file (RFC 5545), as calendars on phones and office suites export them.

Whole-day entries count, also those of several days and those that return every year; whatever else the file holds
(meetings, other rules of repetition) is left aside. An entry is a make-up working day where Apple's calendar of Chinese
holidays says so in a property of its own, or where its title does: 春节（班）, 补班, 调休上班.
"""

from __future__ import annotations

import re
from calendar import monthcalendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeGuard

from icalendar import Calendar as CalendarFile
from icalendar.error import BrokenCalendarProperty
from icalendar.prop import vRecur

from apps.sla.enums import DayKind
from apps.sla.errors import UnreadableCalendarFile
from apps.sla.sources.days import ImportedDay

SOURCE = "ics"
MAX_BYTES = 1_000_000
MAX_ENTRIES = 5_000
MAX_DAYS = 31
"""How long one entry may be; a holiday is no season."""
MAX_NAME = 100

# From memory, seen in iCloud's calendar of Chinese holidays; titles carry the same in words.
APPLE_KIND, APPLE_WORKDAY = "X-APPLE-SPECIAL-DAY", "ALTERNATE-WORKDAY"
_WORKDAY_TITLE = re.compile(r"[（(]班[）)]|补班|調休上班|调休上班|make-?up (?:work|day)", re.IGNORECASE)
_SIGN = re.compile(r"\s*[（(][休班][）)]\s*")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_ONE_DAY = timedelta(days=1)


def days_in_file(content: bytes, year: int) -> list[ImportedDay]:
    """The file's special days of one year; a working day wins over a holiday on the same date."""
    found: dict[date, ImportedDay] = {}
    for entry in _entries(content):
        for day in _dates(entry, year):
            known = found.get(day)
            if known is None or known.kind is DayKind.HOLIDAY:
                found[day] = ImportedDay(day, _kind(entry), {"zh-hans": _name(entry)})
    return [found[day] for day in sorted(found)]


def _entries(content: bytes) -> list[Any]:
    if len(content) > MAX_BYTES:
        raise UnreadableCalendarFile
    try:
        files = CalendarFile.from_ical(content, multiple=True)
        entries = [entry for file in files if file.name == "VCALENDAR" for entry in file.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as broken:
        # The parser raises whatever its values raise.
        raise UnreadableCalendarFile from broken
    if not files or len(entries) > MAX_ENTRIES:
        raise UnreadableCalendarFile
    return entries


def _dates(entry: Any, year: int) -> Iterator[date]:
    first = _value(entry, "DTSTART")
    if not _is_date(first):
        return
    length = _length(entry, first)
    if length is None:
        return
    for start in _starts(entry, first, year):
        yield from (day for day in (start + n * _ONE_DAY for n in range(length)) if day.year == year)


def _length(entry: Any, first: date) -> int | None:
    """In days. The end of a whole-day entry is the day after its last."""
    end, duration = _value(entry, "DTEND"), _value(entry, "DURATION")
    if _is_date(end):
        duration = end - first
    length = duration.days if isinstance(duration, timedelta) else 1
    return max(length, 1) if length <= MAX_DAYS else None


def _starts(entry: Any, first: date, year: int) -> list[date]:
    if not 1900 <= first.year <= year:
        return []
    rule = entry.get("RRULE")
    if rule is None:
        return [first]
    return _returns(rule, first, year) if isinstance(rule, vRecur) else []


def _returns(rule: Any, first: date, year: int) -> list[date]:
    """Every year on the same date, or on a weekday such as the fourth Thursday of November. A loop over years of our own:
    general rules may be written so that they are computed for minutes, or for ever."""
    given = {name: values[0] if len(values) == 1 else values for name, values in rule.items()}
    interval, month, by_day = given.pop("INTERVAL", 1), given.pop("BYMONTH", first.month), given.pop("BYDAY", "")
    count, until = given.pop("COUNT", None), given.pop("UNTIL", date.max)
    monthday = given.pop("BYMONTHDAY", first.day)
    weekday = _WEEKDAY.fullmatch(str(by_day))
    given.pop("WKST", None)
    if weekday and "BYMONTH" not in rule:  # counted within the year
        return []
    numbers = (interval, month, monthday, 1 if count is None else count)
    if (
        given != {"FREQ": "YEARLY"}
        or bool(by_day) != bool(weekday)
        or not all(map(_is_positive, numbers))
        or month > 12
    ):
        return []
    years = range(first.year, year + 1, interval)
    days = (_weekday(y, month, *weekday.groups()) if weekday else _date(y, month, monthday) for y in years)
    last = until.date() if isinstance(until, datetime) else until if _is_date(until) else date.max
    return list(islice((day for day in days if day is not None and first <= day <= last), count))


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _weekday(year: int, month: int, number: str, name: str) -> date | None:
    days = [row[WEEKDAYS.index(name)] for row in monthcalendar(year, month)]
    days = [day for day in days if day]
    place = int(number) - 1 if int(number) > 0 else int(number)
    return date(year, month, days[place]) if -len(days) <= place < len(days) else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _kind(entry: Any) -> DayKind:
    is_workday = str(entry.get(APPLE_KIND, "")) == APPLE_WORKDAY or _WORKDAY_TITLE.search(str(entry.get("SUMMARY", "")))
    return DayKind.WORKDAY if is_workday else DayKind.HOLIDAY


def _name(entry: Any) -> str:
    return _SIGN.sub("", str(entry.get("SUMMARY", "")))[:MAX_NAME].strip()


def _value(entry: Any, name: str) -> object:
    try:
        return getattr(entry.get(name), "dt", None)
    except BrokenCalendarProperty:
        return None


def _is_date(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)
