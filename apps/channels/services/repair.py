"""What a person does with items that were parked. Each step is audited; the bytes as they came are always kept."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from apps.channels import registry
from apps.channels.enums import InboundState
from apps.channels.errors import NotParked, NotRepairable
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import outbox
from apps.core import audit
from apps.core.actor import Actor
from apps.core.permissions import require
from apps.core.wake import wake


def open_parked(*, event: InboundEvent, by: Actor) -> str | None:
    """The raw text of a parked item, for a person to read and edit; None when it is not text. The view is audited."""
    require(by, "channels.repair", event)
    audit.record_view("channels.inbound_read", by=by, subject=event)
    return registry.get(event.channel.kind).repairable_text(event)


@transaction.atomic
def repair(*, event: InboundEvent, text: str, by: Actor) -> InboundEvent:
    """Replaces what the item holds. It stays parked until it is replayed."""
    event = _locked(event, by)
    connector = registry.get(event.channel.kind)
    if connector.repairable_text(event) is None:
        raise NotRepairable
    payload = connector.repaired_payload(event, text)
    if payload == bytes(event.payload):
        return event
    if event.original is None:
        event.original = event.payload
    event.payload = payload
    event.save(update_fields=["payload", "original"])
    audit.record("channels.inbound_repaired", by=by, subject=event)
    return event


@transaction.atomic
def repair_and_replay(*, event: InboundEvent, text: str, by: Actor) -> InboundEvent:
    return replay(event=repair(event=event, text=text, by=by), by=by)


def original_bytes(*, event: InboundEvent, by: Actor) -> bytes:
    """The bytes as they came, whatever was repaired since. Taking them is audited."""
    require(by, "channels.repair", event)
    audit.record("channels.inbound_exported", by=by, subject=event)
    return bytes(event.payload if event.original is None else event.original)


@transaction.atomic
def replay(*, event: InboundEvent, by: Actor) -> InboundEvent:
    """Gives the item another life, with as many attempts as a new one."""
    event = _locked(event, by)
    _release(event)
    audit.record("channels.inbound_replayed", by=by, subject=event)
    return event


@transaction.atomic
def replay_parked(*, channel: Channel, by: Actor, error_code: str = "") -> int:
    """After a cause was mended: replays every parked item of the channel, or those with one error."""
    require(by, "channels.repair", channel)
    parked = InboundEvent.objects.parked().filter(channel=channel)
    if error_code:
        parked = parked.filter(error_code=error_code)
    events = list(parked.select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("pk"))
    for event in events:
        _release(event)
    audit.record(
        "channels.parked_replayed", by=by, subject=channel, details={"count": len(events), "error_code": error_code}
    )
    return len(events)


@transaction.atomic
def discard(*, event: InboundEvent, by: Actor, reason: str) -> InboundEvent:
    """Takes the item off the list without effects. The row and its bytes stay."""
    event = _locked(event, by)
    event.state = InboundState.IGNORED
    event.error_code = "channels.discarded"
    event.done_at = Now()
    event.save(update_fields=["state", "error_code", "done_at"])
    audit.record("channels.inbound_discarded", by=by, subject=event, reason=reason)
    return event


@transaction.atomic
def resend(*, delivery: Delivery, by: Actor) -> Delivery:
    """From the health page: hands a failed message over again."""
    require(by, "channels.repair", delivery)
    delivery = outbox.retry_delivery(delivery=delivery, by=by)
    audit.record("channels.delivery_resent", by=by, subject=delivery)
    return delivery


def _locked(event: InboundEvent, by: Actor) -> InboundEvent:
    require(by, "channels.repair", event)
    locked = (
        InboundEvent.objects.parked()
        .select_related("channel")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=event.pk)
        .first()
    )
    if locked is None:
        raise NotParked
    return locked


def _release(event: InboundEvent) -> None:
    event.state = InboundState.RECEIVED
    event.attempts = event.lost_claims = 0
    event.claimed_until = None
    event.claim += 1
    event.due_at = Now()
    event.save(update_fields=["state", "attempts", "lost_claims", "claimed_until", "claim", "due_at"])
    wake("channels.inbound")
