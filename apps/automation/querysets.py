"""The only doors to outgoing webhooks. Whoever holds the permission sees the endpoints that act as themselves; those of
others need the right to manage accounts, for an endpoint shows what its user sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Count, Q
from django.db.models.functions import Now

from apps.automation.enums import DeliveryState
from apps.core.actor import Actor, through_all_eyes
from apps.core.models import SequencedQuerySet
from apps.core.permissions import may

if TYPE_CHECKING:
    from apps.automation.models import (  # noqa: F401 (type parameters)
        WebhookAttempt,
        WebhookDelivery,
        WebhookEndpoint,
        WebhookReplay,
    )

MANAGE = "automation.manage_webhooks"


def _scope(actor: Actor, path: str) -> Q:
    if not may(actor, MANAGE):
        return Q(pk__in=())
    return Q() if may(actor, "accounts.manage") else Q(**{path: actor.user_id})


class WebhookEndpointQuerySet(SequencedQuerySet["WebhookEndpoint"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_scope(actor, "acts_as"))

    def enabled(self) -> Self:
        return self.filter(is_enabled=True)

    def rested(self) -> Self:
        """Not asked by the receiver to wait."""
        return self.filter(Q(paused_until__isnull=True) | Q(paused_until__lte=Now()))


class WebhookDeliveryQuerySet(SequencedQuerySet["WebhookDelivery"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_scope(actor, "endpoint__acts_as"))

    def unsettled(self) -> Self:
        return self.filter(settled_at__isnull=True)

    def in_flight(self) -> Self:
        return self.unsettled().filter(claimed_until__gt=Now())

    def claimable(self) -> Self:
        """Due, and nobody is at it. A worker that did not come back within its lease counts as gone."""
        nobody = Q(claimed_until__isnull=True) | Q(claimed_until__lte=Now())
        return self.unsettled().filter(nobody, due_at__lte=Now())

    def failed(self) -> Self:
        return self.filter(state=DeliveryState.FAILED)


class WebhookAttemptQuerySet(SequencedQuerySet["WebhookAttempt"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_scope(actor, "delivery__endpoint__acts_as"))


class WebhookReplayQuerySet(SequencedQuerySet["WebhookReplay"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_scope(actor, "endpoint__acts_as"))

    def with_progress(self) -> Self:
        """`total`, and how many of them are `delivered`, `failed` and `waiting`."""
        return self.annotate(
            total=Count("deliveries"),
            delivered=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DELIVERED)),
            failed=Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED)),
            waiting=Count("deliveries", filter=Q(deliveries__settled_at__isnull=True)),
        )
