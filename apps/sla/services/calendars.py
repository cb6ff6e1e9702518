"""Calendars themselves. Which days of a year are special is said in `days`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.sla.errors import DefaultCalendarStays
from apps.sla.models import Calendar
from apps.sla.models.calendar import MAX_HOURS
from apps.sla.services.recounts import ask_recount
from apps.sla.timetable import UnreadableHours, read_hours, write_hours

CHANGEABLE = ("name", "time_zone", "week", "is_active")
HOW_TO_WRITE_HOURS = _("Write hours such as 09:00-12:00, 13:30-18:00. The end of the day is 24:00.")


@transaction.atomic
def create_calendar(*, by: Actor, key: str, name: Mapping[str, str], time_zone: str, week: Sequence[str]) -> Calendar:
    require(by, "channels.configure")
    calendar = Calendar(key=key, name=name, time_zone=time_zone, week=list(week))
    _tidy(calendar)
    calendar.save(force_insert=True)
    audit.record("sla.calendar.created", by=by, subject=calendar, details={"key": key, **_told(calendar, CHANGEABLE)})
    return calendar


@transaction.atomic
def change_calendar(*, calendar: Calendar, by: Actor, **changes: Any) -> Calendar:
    """Changes name, time zone, weekly hours, or whether it is offered."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"change_calendar() does not set {sorted(unknown)}")
    row = locked_calendar(calendar, by)
    before = _told(row, changes)
    for name, value in changes.items():
        setattr(row, name, value)
    if row.is_default and not row.is_active:
        raise DefaultCalendarStays
    _tidy(row)
    after = _told(row, changes)
    changed = {name: [before[name], after[name]] for name in changes if before[name] != after[name]}
    if changed:
        row.save(update_fields=[*changed, "updated"])
        audit.record("sla.calendar.changed", by=by, subject=row, details=changed)
    if {"time_zone", "week"} & set(changed):
        ask_recount(row.pk)
    return row


@transaction.atomic
def make_default(*, calendar: Calendar, by: Actor) -> Calendar:
    """From now on what names no calendar counts by this one. Switches it on as well."""
    require(by, "channels.configure")
    rows = Calendar.objects.visible_to(by).select_for_update(no_key=True).order_by("pk")
    row = next((row for row in rows if row.pk == calendar.pk), None)
    if row is None:
        raise NotVisible
    if not row.is_default:
        Calendar.objects.filter(is_default=True).update(is_default=False)
        row.is_default = row.is_active = True
        row.save(update_fields=["is_default", "is_active", "updated"])
        audit.record("sla.calendar.made_default", by=by, subject=row)
        ask_recount()
    return row


def locked_calendar(calendar: Calendar, by: Actor) -> Calendar:
    require(by, "channels.configure")
    row = Calendar.objects.visible_to(by).select_for_update(no_key=True).filter(pk=calendar.pk).first()
    if row is None:
        raise NotVisible
    return row


def tidy_hours(text: str) -> str:
    """As it is kept: in order, in one way of writing."""
    written = write_hours(read_hours(text))
    if len(written) > MAX_HOURS:
        raise UnreadableHours(written)
    return written


def _tidy(calendar: Calendar) -> None:
    errors: dict[str, list[Any]] = {}
    try:
        calendar.week = [tidy_hours(text) for text in calendar.week]
    except UnreadableHours:
        errors["week"] = [HOW_TO_WRITE_HOURS]
    if len(calendar.week) != 7:
        errors["week"] = [_("A week has seven days.")]
    if calendar.time_zone not in available_timezones():
        errors["time_zone"] = [_("Choose a time zone.")]
    if not str(calendar.name):
        errors["name"] = [_("Write a name.")]
    if calendar._state.adding and not _is_free(calendar.key):
        errors["key"] = [_("Choose a key of letters, digits and hyphens that no other calendar has.")]
    if errors:
        raise InvalidInput(fields=errors)


def _is_free(key: str) -> bool:
    try:
        validate_slug(key)
    except ValidationError:
        return False
    return len(key) <= 50 and not Calendar.objects.filter(key=key).exists()


def _told(calendar: Calendar, names: Any) -> dict[str, Any]:
    values = {name: getattr(calendar, name) for name in names}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
