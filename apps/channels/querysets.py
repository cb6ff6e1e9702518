"""The only doors to channels, inbox and deliveries, and the words in which they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from apps.channels.enums import DeliveryState, InboundState
from apps.core.models.base import SequencedQuerySet
from apps.core.permissions import may

if TYPE_CHECKING:
    from apps.channels.models import BlockedSender, Channel, Delivery, InboundEvent  # noqa: F401 (type parameters)
    from apps.core.actor import Actor


def _first(waiting: QuerySet[Any]) -> Subquery:
    """Asked for each row. As an anti-join, planned with the statistics of an empty queue, it would read the whole
    queue for each row of a sudden flood."""
    return Subquery(waiting.order_by("pk").values("pk")[:1])


def _as_value(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


class ChannelQuerySet(SequencedQuerySet["Channel"]):
    def visible_to(self, actor: Actor) -> Self:
        """In-house staff may know every entry point; an outsourced agent knows those the contract opens."""
        from apps.accounts.access import access_of

        access = access_of(actor)
        if access.sees_all or not access.is_outsourced:
            return self
        return self.filter(pk__in=access.channel_ids)

    def active(self) -> Self:
        return self.filter(is_active=True)


class InboundEventQuerySet(SequencedQuerySet["InboundEvent"]):
    def visible_to(self, actor: Actor) -> Self:
        """Raw input is for those who look after channels; agents see what became of it, as messages."""
        return self if may(actor, "channels.view_health") else self.none()

    def waiting(self) -> Self:
        return self.filter(state=InboundState.RECEIVED)

    def parked(self) -> Self:
        return self.filter(state=InboundState.PARKED)

    def claimable(self) -> Self:
        """Due, not claimed, and the first of its sender that waits (a parked one does not count)."""
        return self.waiting().filter(self._claimable())

    def with_claimable(self) -> Self:
        """Rows found by their key alone, each with `is_claimable`."""
        return self.annotate(is_claimable=_as_value(self._claimable()))

    def _claimable(self) -> Q:
        waiting = self.model._default_manager.filter(order_key=OuterRef("order_key"), state=InboundState.RECEIVED)
        return Q(state=InboundState.RECEIVED, due_at__lte=Now(), claimed_until=None, pk=_first(waiting))

    def abandoned(self) -> Self:
        """Claimed by a worker that did not come back within its lease."""
        return self.waiting().filter(claimed_until__lt=Now())


HELD_BACK: Final = 2
"""An outcome that so many checks did not find holds the rest of its conversation back no longer: checks go on for a day."""


class DeliveryQuerySet(SequencedQuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> Self:
        """For those who look after channels. Agents see a message's deliveries with the message."""
        return self if may(actor, "channels.view_health") else self.none()

    def unsettled(self) -> Self:
        return self.filter(settled_at=None)

    def claimable(self) -> Self:
        """Due for sending or checking, and first in its conversation."""
        return self.unsettled().filter(self._claimable())

    def with_claimable(self) -> Self:
        """Rows found by their key alone, each with `is_claimable`."""
        return self.annotate(is_claimable=_as_value(self._claimable()))

    def _claimable(self) -> Q:
        checked = Q(state=DeliveryState.UNKNOWN, checks__gte=HELD_BACK)
        waiting = self.model._default_manager.filter(~checked, order_key=OuterRef("order_key"), settled_at=None)
        return Q(
            checked | Q(pk=_first(waiting)),
            settled_at=None,
            state__in=[DeliveryState.QUEUED, DeliveryState.UNKNOWN],
            due_at__lte=Now(),
            claimed_until=None,
        )

    def abandoned(self) -> Self:
        return self.unsettled().filter(claimed_until__lt=Now())

    def troubled(self) -> Self:
        """Failed, or of unknown outcome, or waiting for another try."""
        return self.filter(
            Q(state__in=[DeliveryState.FAILED, DeliveryState.UNKNOWN]) | Q(state=DeliveryState.QUEUED, attempts__gt=0)
        )


class BlockedSenderQuerySet(SequencedQuerySet["BlockedSender"]):
    def visible_to(self, actor: Actor) -> Self:
        from apps.accounts.access import access_of

        return self.none() if access_of(actor).is_outsourced else self

    def in_force(self) -> Self:
        return self.filter(lifted_at=None)
