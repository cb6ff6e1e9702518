"""Special days: entered one by one, or imported for a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.sla.enums import DayKind
from apps.sla.models import Calendar, CalendarDay
from apps.sla.services.calendars import HOW_TO_WRITE_HOURS, locked_calendar, tidy_hours
from apps.sla.services.recounts import ask_recount
from apps.sla.sources.days import ImportedDay
from apps.sla.timetable import UnreadableHours


@dataclass(frozen=True)
class Imported:
    taken: int
    kept: int
    """Dates that stay as somebody entered them, or as another source gave them."""


@transaction.atomic
def set_day(
    *,
    calendar: Calendar,
    date: date,
    by: Actor,
    kind: str = DayKind.HOLIDAY,
    name: Mapping[str, str] | None = None,
    hours: str = "",
) -> CalendarDay:
    """What holds on this date, instead of whatever was said of it before. From now on it counts as entered by hand."""
    locked = locked_calendar(calendar, by)
    day = CalendarDay.objects.filter(calendar=locked, date=date).first() or CalendarDay(calendar=locked, date=date)
    before = None if day._state.adding else _told(day)
    day.kind, day.name, day.hours, day.source = kind, name or {}, hours, ""
    _tidy(day)
    day.save()
    _record("set", locked, by, before=before, after=_told(day))
    return day


@transaction.atomic
def remove_day(*, day: CalendarDay, by: Actor) -> None:
    """The week holds on this date again."""
    locked = locked_calendar(day.calendar, by)
    row = CalendarDay.objects.filter(calendar=locked, pk=day.pk).first()
    if row is None:
        raise NotVisible
    _record("removed", locked, by, before=_told(row))
    row.delete()


@transaction.atomic
def import_days(*, calendar: Calendar, year: int, source: str, days: Iterable[ImportedDay], by: Actor) -> Imported:
    """Replaces what the same source gave for the year before; whatever else was said of a date stays."""
    locked = locked_calendar(calendar, by)
    there = CalendarDay.objects.filter(calendar=locked).in_year(year)
    there.filter(source=source).delete()
    taken_dates = set(there.values_list("date", flat=True))
    given = {day.date: day for day in days if day.date.year == year}
    rows = [_row(locked, day, source) for day in given.values() if day.date not in taken_dates]
    CalendarDay.objects.bulk_create(rows)
    imported = Imported(taken=len(rows), kept=len(given) - len(rows))
    _record("imported", locked, by, year=year, source=source, taken=imported.taken, kept=imported.kept)
    return imported


def _row(calendar: Calendar, day: ImportedDay, source: str) -> CalendarDay:
    return CalendarDay(calendar=calendar, date=day.date, kind=day.kind, name=day.name, source=source)


def _tidy(day: CalendarDay) -> None:
    errors: dict[str, list[Any]] = {}
    if day.kind not in DayKind.values:
        errors["kind"] = [_("Choose what kind of day it is.")]
    try:
        day.hours = tidy_hours(day.hours)
    except UnreadableHours:
        errors["hours"] = [HOW_TO_WRITE_HOURS]
    else:
        if day.kind == DayKind.HOLIDAY and day.hours:
            errors["hours"] = [_("A closed day has no hours. For a shorter day choose other hours.")]
        if day.kind == DayKind.HOURS and not day.hours:
            errors["hours"] = [_("Write the hours of this day.")]
    if errors:
        raise InvalidInput(fields=errors)


def _record(verb: str, calendar: Calendar, by: Actor, **details: Any) -> None:
    """In the audit trail, and for what runs by this calendar."""
    audit.record(f"sla.calendar.day_{verb}", by=by, subject=calendar, details=details)
    ask_recount(calendar.pk)


def _told(day: CalendarDay) -> dict[str, Any]:
    return {"date": day.date, "kind": day.kind, "name": dict(day.name), "hours": day.hours, "source": day.source}
