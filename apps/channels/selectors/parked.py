"""Items and deliveries that wait for a person, as rows for the health pages. Nothing in them is customers' data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.labels import error_label
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.core.actor import Actor
from apps.core.paging import KeysetPage, paginate


@dataclass(frozen=True, slots=True)
class ParkedRow:
    public_id: str
    received: datetime
    error_code: str
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    public_id: str
    created: datetime
    state: str
    state_label: str
    failure: str
    attempts: int
    can_resend: bool


def parked_page(channel: Channel, actor: Actor, cursor: str | None, size: int = 50) -> KeysetPage[InboundEvent]:
    """Newest first. Raw content is not loaded: it can be large."""
    parked = InboundEvent.objects.visible_to(actor).parked().filter(channel=channel)
    return paginate(parked.defer("payload", "original", "envelope"), order=["-id"], cursor=cursor, size=size)


def parked_row(event: InboundEvent) -> ParkedRow:
    return ParkedRow(
        public_id=event.public_id,
        received=event.received,
        error_code=event.error_code,
        error=str(error_label(event.error_code)),
        attempts=event.attempts,
    )


def troubled_deliveries(channel: Channel, actor: Actor, limit: int = 50) -> list[DeliveryRow]:
    """The latest that failed or whose outcome nobody knows."""
    rows = (
        Delivery.objects.visible_to(actor)
        .filter(channel=channel, state__in=[DeliveryState.FAILED, DeliveryState.UNKNOWN])
        .defer("payload", "error", "provider_id")
        .order_by("-pk")[:limit]
    )
    return [_delivery_row(row) for row in rows]


def _delivery_row(row: Delivery) -> DeliveryRow:
    return DeliveryRow(
        public_id=row.public_id,
        created=row.created,
        state=row.state,
        state_label=str(DeliveryState(row.state).label),
        failure=str(FailureKind(row.failure).label) if row.failure else "",
        attempts=row.attempts,
        can_resend=row.settled_at is not None,
    )
