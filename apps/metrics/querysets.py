"""Whose figures one may know: those of the queues one works or oversees, and of people only whom one may know.

Facts hold no personal data of customers. A vendor's people count what lies in their grants, and of people their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.models.expressions import any_of
from apps.core.permissions import may
from apps.routing.querysets import of_people_known_to
from apps.tickets.models import Queue

if TYPE_CHECKING:
    from apps.metrics.models import (  # noqa: F401 (named in the annotations of the bases)
        ContactFact,
        HandlingFact,
        OfferFact,
        PromiseFact,
        ServiceGoal,
        SideFact,
        StateFact,
        WaitFact,
    )


def within_grants(actor: Actor) -> Q:
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    access = access_of(actor)
    if access.sees_all:
        return Q()
    scope = any_of("queue_id", access.queue_ids)
    if not access.is_outsourced:
        return scope
    scope &= any_of("channel_id", access.channel_ids)
    return scope if access.category_ids is None else scope & any_of("category_id", access.category_ids)


class WaitFactQuerySet(QuerySet["WaitFact"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(within_grants(actor))


class ContactFactQuerySet(QuerySet["ContactFact"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(within_grants(actor))


class PromiseFactQuerySet(QuerySet["PromiseFact"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(within_grants(actor))


class OfferFactQuerySet(QuerySet["OfferFact"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(within_grants(actor) & of_people_known_to(actor))


class HandlingFactQuerySet(QuerySet["HandlingFact"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(within_grants(actor) & of_people_known_to(actor))


class SideFactQuerySet(QuerySet["SideFact"]):
    def visible_to(self, actor: Actor) -> Self:
        """How long other companies and the house took is not for a vendor's people."""
        rows = self.filter(within_grants(actor))
        if actor.kind is ActorKind.SYSTEM or not access_of(actor).is_outsourced:
            return rows
        return rows.filter(vendor_id=access_of(actor).vendor_id or 0)


class StateFactQuerySet(QuerySet["StateFact"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_people_known_to(actor))


class ServiceGoalQuerySet(QuerySet["ServiceGoal"]):
    def visible_to(self, actor: Actor) -> Self:
        if may(actor, "channels.configure"):
            return self
        return self.filter(queue__in=Queue.objects.visible_to(actor))
