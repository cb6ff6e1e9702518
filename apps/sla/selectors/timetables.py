"""Calendars as timetables to count with and as the picture of a year, and what channels promise by them."""

from __future__ import annotations

import calendar as weeks
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.channels.models import Channel
from apps.sla.enums import DayKind
from apps.sla.errors import NeverOpens, TooFar
from apps.sla.models import Calendar, CalendarDay, ChannelPolicy
from apps.sla.timetable import Hours, Timetable, read_hours, write_hours
from apps.tickets.standards import Standard

YEARS = range(1970, 2100)
"""Those that have a picture."""


@dataclass(frozen=True)
class DayCell:
    date: date
    state: str
    """A kind of special day, or else open or closed by the week."""
    hours: str
    name: str
    special: CalendarDay | None


@dataclass(frozen=True)
class MonthPicture:
    month: int
    rows: tuple[tuple[DayCell | None, ...], ...]
    """Weeks from Monday; None where a day belongs to another month."""


def default_calendar() -> Calendar:
    return Calendar.objects.get(is_default=True)


def timetable_of(calendar: Calendar) -> Timetable:
    week = tuple(read_hours(text) for text in calendar.week)
    days = {day.date: hours_of(day, week) for day in calendar.days.all()}
    return Timetable(ZoneInfo(calendar.time_zone), week, days)


def hours_of(day: CalendarDay, week: Iterable[Hours]) -> Hours:
    """A make-up working day without hours of its own is worked like the first working day of the week."""
    if day.hours:
        return read_hours(day.hours)
    return next((hours for hours in week if hours), ()) if day.kind == DayKind.WORKDAY else ()


def policy_of(channel_id: int) -> ChannelPolicy | None:
    return ChannelPolicy.objects.select_related("calendar").filter(channel_id=channel_id).first()


def timetable_for(policy: ChannelPolicy) -> Timetable:
    return timetable_of(policy.calendar or default_calendar())


def standard_of(channel: Channel, at: datetime) -> Standard | None:
    """What `tickets.standards` asks for. A calendar without any working time promises nothing."""
    policy = policy_of(channel.pk)
    if policy is None:
        return None
    timetable, minutes = timetable_for(policy), policy.answer_minutes
    try:
        opens_at = timetable.next_opening(at)
        by = None if minutes is None else timetable.add_working_time(at, timedelta(minutes=minutes))
    except (NeverOpens, TooFar):
        return None
    return Standard(
        is_open=opens_at <= at,
        opens_at=opens_at.astimezone(timetable.zone),
        answer_by=by and by.astimezone(timetable.zone),
        out_of_hours_text=str(policy.out_of_hours_text or "").strip(),
    )


def year_picture(calendar: Calendar, year: int) -> list[MonthPicture]:
    special = {day.date: day for day in calendar.days.in_year(year)}
    week = [read_hours(text) for text in calendar.week]
    return [
        MonthPicture(
            month,
            tuple(
                tuple(_cell(day, calendar, special, week) if day.month == month else None for day in row)
                for row in weeks.Calendar().monthdatescalendar(year, month)
            ),
        )
        for month in range(1, 13)
    ]


def _cell(day: date, calendar: Calendar, special: Mapping[date, CalendarDay], week: list[Hours]) -> DayCell:
    found = special.get(day)
    if found is not None:
        return DayCell(day, found.kind, write_hours(hours_of(found, week)), str(found.name), found)
    hours = calendar.week[day.weekday()]
    return DayCell(day, "open" if hours else "closed", hours, "", None)
