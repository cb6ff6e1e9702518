"""Surveys are configuration. Answers are seen by whoever sees the ticket; by a vendor, those that its people got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.models.base import SequencedQuerySet
from apps.core.permissions import may
from apps.qa.enums import SATISFIED_FROM
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from apps.qa.models import Survey, SurveyResponse  # noqa: F401 (named in the annotations of the bases)


class SurveyQuerySet(QuerySet["Survey"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure") else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class SurveyResponseQuerySet(SequencedQuerySet["SurveyResponse"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.kind is ActorKind.SYSTEM:
            return self
        rows, access = self.filter(ticket__in=Ticket.objects.visible_to(actor)), access_of(actor)
        if not access.is_outsourced:
            return rows
        return rows.filter(Q(vendor=access.vendor_id or 0) | Q(agent=None))

    def of_ticket(self, ticket_id: int) -> Self:
        """Those of a ticket, and of tickets that were merged into it."""
        return self.filter(Q(ticket_id=ticket_id) | Q(ticket__merged_into_id=ticket_id))

    def satisfied(self) -> Self:
        """What CSAT counts; divided by all answers."""
        return self.filter(score__gte=SATISFIED_FROM)
