"""Calendars and policies are configuration: whoever may configure channels sees them all. Follow-ups and timers go with
tickets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.permissions import may
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from apps.sla.models import (  # noqa: F401 (named in the annotations of the bases)
        Calendar,
        CalendarDay,
        ChannelPolicy,
        Escalation,
        FollowUp,
        Policy,
        PolicyTarget,
        Timer,
        TimerChange,
    )


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


class PolicyQuerySet(QuerySet["Policy"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class PolicyTargetQuerySet(QuerySet["PolicyTarget"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()


class EscalationQuerySet(QuerySet["Escalation"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, "channels.configure") else self.none()


class TimerQuerySet(QuerySet["Timer"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def open(self) -> Self:
        return self.filter(ended_at=None)


class TimerChangeQuerySet(QuerySet["TimerChange"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(timer__ticket__in=Ticket.objects.visible_to(actor))
