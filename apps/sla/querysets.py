"""Calendars are configuration: whoever may configure channels sees them all, the work behind them runs as SYSTEM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.permissions import may

if TYPE_CHECKING:
    from apps.sla.models import Calendar, CalendarDay  # noqa: F401 (named in the annotations of the bases)


class CalendarQuerySet(QuerySet["Calendar"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()


class CalendarDayQuerySet(QuerySet["CalendarDay"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()

    def in_year(self, year: int) -> Self:
        return self.filter(date__year=year)
