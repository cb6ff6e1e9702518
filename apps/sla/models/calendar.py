from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.sla.enums import DayKind
from apps.sla.querysets import CalendarDayQuerySet, CalendarQuerySet

MAX_HOURS = 200


class Calendar(TimestampedModel):
    """When work is done: a week's hours in a time zone, and the days on which others hold."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    # As `timetable.write_hours` says them, Monday first; an empty text is a closed day.
    week = ArrayField(models.CharField(max_length=MAX_HOURS, blank=True), verbose_name=_("weekly hours"), size=7)
    is_default = models.BooleanField(_("default"), default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(condition=models.Q(week__len=7), name="calendar_week_has_seven_days"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_calendar"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_active=True), name="default_calendar_is_active"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class CalendarDay(TimestampedModel):
    """A date on which a calendar's week does not hold."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days", verbose_name=_("calendar"))
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=10, choices=DayKind, default=DayKind.HOLIDAY)
    name = TranslatedTextField(_("name"), blank=True)
    hours = models.CharField(_("hours"), max_length=MAX_HOURS, blank=True)
    # Where it was imported from; empty: entered by hand, which no import overwrites.
    source = models.CharField(_("source"), max_length=40, blank=True, editable=False)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="one_calendar_day_per_date"),
            models.CheckConstraint(
                condition=~models.Q(kind="holiday") | models.Q(hours=""), name="holiday_has_no_hours"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="hours") | ~models.Q(hours=""), name="other_hours_are_given"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.name}".strip()
