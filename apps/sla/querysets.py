"""Calendars and policies are configuration: whoever may configure channels sees them all. Follow-ups go with tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.permissions import may
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from apps.sla.models import Calendar, CalendarDay, ChannelPolicy, FollowUp  # noqa: F401 (named in the annotations of the bases)


class CalendarQuerySet(QuerySet["Calendar"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()


class CalendarDayQuerySet(QuerySet["CalendarDay"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()

    def in_year(self, year: int) -> Self:
        return self.filter(date__year=year)


class ChannelPolicyQuerySet(QuerySet["ChannelPolicy"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()


class FollowUpQuerySet(QuerySet["FollowUp"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def open(self) -> Self:
        return self.filter(done_at=None)
