"""Deliveries: each message is handed to its platform once, or shown as unknown.

A worker claims a due delivery with a lease and a fencing token and marks it `sending` before it talks to the
platform. Whatever is found in `sending` after its lease has an unknown outcome: the connector is asked what
became of it before anything is sent again, and where it cannot tell, the delivery stays unknown for a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, zip_longest
from typing import Final

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from apps.channels import backoff, registry
from apps.channels.contract import Outbound, Receipt, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.errors import CannotSend, DeliveryNotCancellable, DeliveryNotRetryable
from apps.channels.events import DeliveryChanged
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery, DeliveryAttempt
from apps.channels.services import health
from apps.channels.tracing import place_of
from apps.core import throttle, virus_scanner
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import TooMany
from apps.core.events import publish
from apps.core.models import ScanState, StoredFile
from apps.core.storable import storable
from apps.core.storage import FileInfected
from apps.core.wake import wake

logger = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=90)
"""Longer than any connector's own time-outs, because a lease that runs out costs a check of the outcome."""

BATCH: Final = 50
MINUTE: Final = timedelta(minutes=1)
PASS_SECONDS: Final = 10.0

LOOKS_AGAIN: Final = timedelta(seconds=10)
"""After which a file that was being looked at for viruses may be ready."""

LOOKED_AT: Final = ("last_success_at", "last_error_at", "sends_per_minute")

TRIED_AGAIN: Final = frozenset({FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE})
CHANNEL_TROUBLE: Final = TRIED_AGAIN | {FailureKind.MISCONFIGURED, FailureKind.UNKNOWN_OUTCOME}
"""Failures that say something about the channel, not about the one message."""


# --- Queueing -----------------------------------------------------------------------------------------------------


def queue_delivery(
    *,
    channel: Channel,
    message_id: int | None,
    ticket_id: int | None,
    outbound: Outbound,
    order_by: str,
    by: Actor,
    delay: timedelta = timedelta(0),
) -> Delivery:
    """Adds a delivery to the caller's transaction: message and delivery are committed together or not at all.

    What the platform sees as several messages is several deliveries, of which the first is returned. Deliveries of
    one channel with an equal `order_by` are handed over in the order of queueing. `delay` leaves time to take the
    message back.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("queue_delivery() belongs into the message's transaction.")
    connector = registry.get(channel.kind)
    if not connector.sends_on(channel):
        raise CannotSend
    deliveries = [
        Delivery(
            channel=channel,
            message_id=message_id,
            ticket_id=ticket_id,
            client_key=part.client_key,
            order_key=key_of("order", str(channel.pk), order_by),
            payload=part.to_payload(),
            due_at=Now() + delay,
        )
        for part in connector.parts(outbound, channel)
    ]
    for delivery in deliveries:
        delivery.save(force_insert=True)
        del delivery.due_at  # the database's clock set it; it is read when somebody asks
    if not delay:
        wake("channels.outbound")
    return deliveries[0]


# --- Sending ------------------------------------------------------------------------------------------------------


def send_due(limit: int = BATCH) -> int:
    """One pass over what is due, in turns between channels; returns how many deliveries were touched."""
    until = time.monotonic() + PASS_SECONDS
    done = rescue_abandoned()
    for pk in _candidates(limit):
        delivery = claim(pk)
        if delivery is not None:
            hand_over(delivery)
            done += 1
        if time.monotonic() >= until:
            break
    return done


def _candidates(limit: int) -> Iterator[int]:
    """Ids that look claimable, in turns between channels; a channel in trouble comes last, with one attempt a pass."""
    due = Delivery.objects.unsettled().filter(channel=OuterRef("pk"), due_at__lte=Now(), claimed_until=None)
    healthy: list[list[int]] = []
    troubled: list[list[int]] = []
    for channel in Channel.objects.active().filter(Exists(due)).only("pk", *LOOKED_AT):
        in_trouble = health.is_in_trouble(channel)
        rows = Delivery.objects.claimable().filter(channel=channel).order_by("due_at", "pk")
        most = min(limit, channel.sends_per_minute or limit)
        queue = list(rows.values_list("pk", flat=True)[: 1 if in_trouble else most])
        (troubled if in_trouble else healthy).append(queue)
    turns = chain.from_iterable(zip_longest(*healthy))
    return (pk for pk in chain(turns, *troubled) if pk is not None)


@transaction.atomic
def claim(pk: int) -> Delivery | None:
    """Takes a delivery for `LEASE`: one to send is marked `sending`, one of unknown outcome is to be checked."""
    delivery = (
        Delivery.objects.with_claimable()
        .select_related("channel")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk=pk)
        .first()
    )
    if delivery is None or not delivery.is_claimable:
        return None
    if delivery.state == DeliveryState.QUEUED and (wait := _scan(delivery) or _turn(delivery.channel)):
        delivery.due_at = Now() + wait
        delivery.save(update_fields=["due_at", "updated"])
        return None
    if delivery.state == DeliveryState.QUEUED:
        delivery.state = DeliveryState.SENDING
        delivery.attempts += 1
    else:
        delivery.checks += 1
    delivery.claim += 1
    delivery.claimed_until = Now() + LEASE
    delivery.save(update_fields=["state", "attempts", "checks", "claim", "claimed_until", "updated"])
    DeliveryAttempt.objects.create(delivery=delivery, claim=delivery.claim, started=Now(), outcome="started")
    return delivery


def _scan(delivery: Delivery) -> timedelta:
    """How long a message has to wait for its files to be looked at for viruses."""
    if not (virus_scanner.is_on() and settings.VIRUS_SCAN_REQUIRED):
        return timedelta(0)
    files = _files_of(Outbound.from_payload(delivery.payload))
    return LOOKS_AGAIN if files.filter(scan_state=ScanState.WAITING).exists() else timedelta(0)


def _turn(channel: Channel) -> timedelta:
    """How long a message has to wait for the channel's own rate; nothing when it is its turn, which is then counted.

    Asked under the delivery's lock: what another worker took meanwhile is not counted twice.
    """
    if channel.sends_per_minute is None:
        return timedelta(0)
    try:
        throttle.hit(f"outbound:{channel.pk}", limit=channel.sends_per_minute, per=MINUTE)
    except TooMany as error:
        return timedelta(seconds=error.retry_after)
    return timedelta(0)


def hand_over(delivery: Delivery) -> None:
    """Sends or checks a claimed delivery, outside of any transaction, and records what came of it."""
    connector = registry.get(delivery.channel.kind)
    is_check = delivery.state == DeliveryState.UNKNOWN
    try:
        if is_check:
            found = connector.reconcile(delivery, delivery.channel)
            # What is still unknown is unknown for the reason it was: a check that finds nothing says no more.
            result = found or SendResult.unknown(delivery.error)
        else:
            outbound = Outbound.from_payload(delivery.payload)
            if _is_infected(outbound):
                result = SendResult.failed(FailureKind.REJECTED, FileInfected.code)
            else:
                result = connector.send(outbound, delivery.channel)
    except Exception as error:  # noqa: BLE001 (see below)
        # Nobody knows how far the connector came, so nobody may send again before it was checked.
        logger.warning("outbound.raised", delivery_id=delivery.pk, error=type(error).__name__, place=place_of(error))
        result = SendResult.unknown(f"{type(error).__name__}: {error}")
    record_result(delivery=delivery, result=result)


def _files_of(outbound: Outbound) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(pk__in={*outbound.attachments, *outbound.inline.values()})


def _is_infected(outbound: Outbound) -> bool:
    return _files_of(outbound).filter(scan_state=ScanState.INFECTED).exists()


def record_result(*, delivery: Delivery, result: SendResult) -> None:
    """Writes what an attempt met. A worker that lost its lease changes nothing, unless it has proof of sending."""
    result = storable(result)
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        row = _lock(delivery.pk)
        _end_attempt(delivery, result)
        if row.claim == delivery.claim and row.settled_at is None:
            _apply_result(row, result)
        elif result.state == DeliveryState.SENT:
            logger.warning("outbound.late_proof", delivery_id=row.pk)
            _apply_receipt(row, Receipt(DeliveryState.SENT, provider_id=result.provider_id))
        else:
            logger.warning("outbound.claim_lost", delivery_id=row.pk)
            return
    _note_health(row, result)


def _apply_result(row: Delivery, result: SendResult) -> None:
    row.claimed_until = None
    row.failure = result.failure or ""
    row.error = result.detail[:2000]
    if result.state in {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}:
        _settle(row, result.state, provider_id=result.provider_id)
    elif result.state == DeliveryState.UNKNOWN:
        _leave_unknown(row)
    elif result.failure in TRIED_AGAIN and row.attempts <= len(backoff.OUTBOUND):
        wait = backoff.delay(row.attempts, backoff.OUTBOUND)
        row.state = DeliveryState.QUEUED
        row.due_at = Now() + max(wait, result.retry_after or wait)
    else:
        _settle(row, DeliveryState.FAILED)
    _save(row)


def _leave_unknown(row: Delivery) -> None:
    """To be checked again, for as long as the connector can find out; then it stays unknown."""
    row.state = DeliveryState.UNKNOWN
    row.failure = FailureKind.UNKNOWN_OUTCOME
    can_check = registry.get(row.channel.kind).capabilities.reconciles
    if can_check and row.checks < len(backoff.CHECKS):
        row.due_at = Now() + backoff.delay(row.checks + 1, backoff.CHECKS)
    else:
        row.settled_at = Now()


def _settle(row: Delivery, state: DeliveryState, *, provider_id: str = "") -> None:
    row.state = state
    row.settled_at = Now()
    if state in {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}:
        row.sent_at = row.sent_at or Now()
        row.failure = ""
        if provider_id:
            row.provider_id = provider_id
            row.provider_key = key_of("provider", provider_id)


def rescue_abandoned() -> int:
    """What a dead worker was sending may have been sent: it becomes unknown and is checked first."""
    with transaction.atomic():
        abandoned = list(
            Delivery.objects.abandoned()
            .select_related("channel")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("pk")[:BATCH]
        )
        for row in abandoned:
            DeliveryAttempt.objects.filter(delivery=row, claim=row.claim, ended=None).update(
                ended=Now(), outcome="worker_lost"
            )
            row.claim += 1
            row.claimed_until = None
            _leave_unknown(row)
            if row.settled_at is None and row.checks == 0:
                row.due_at = Now()
            _save(row)
    return len(abandoned)


# --- Receipts -----------------------------------------------------------------------------------------------------

_RANK: Final = {
    DeliveryState.QUEUED: 0,
    DeliveryState.SENDING: 0,
    DeliveryState.UNKNOWN: 0,
    DeliveryState.SENT: 1,
    DeliveryState.FAILED: 2,
    DeliveryState.DELIVERED: 3,
    DeliveryState.READ: 4,
    DeliveryState.CANCELLED: 5,
}
"""A receipt only ever moves a delivery up: platforms send them late, doubled and in any order."""

LOOKED_BACK: Final = 20_000
"""Among so many deliveries of all channels the earlier ones of a conversation are looked for: no index leads to them."""


def record_receipt(
    *,
    channel: Channel,
    state: DeliveryState,
    client_key: str = "",
    provider_id: str = "",
    failure: FailureKind | None = None,
    detail: str = "",
) -> bool:
    """What a platform or a bounce says about a message of ours; False when it is none of ours (or not yet)."""
    receipt = Receipt(state, client_key=client_key, provider_id=provider_id, failure=failure, detail=detail)
    return apply_receipt(channel=channel, receipt=receipt)


@transaction.atomic
def apply_receipt(*, channel: Channel, receipt: Receipt) -> bool:
    found = _told_of(channel, receipt)
    if found is None:
        return False
    for pk in _earlier(found) if receipt.with_earlier else ():
        _apply_receipt(_lock(pk), replace(receipt, provider_id=""))  # each keeps the id that it is known by
    _apply_receipt(_lock(found.pk), receipt)
    return True


def _told_of(channel: Channel, receipt: Receipt) -> Delivery | None:
    rows = Delivery.objects.only("pk", "order_key", "channel_id")
    if receipt.client_key:
        rows = rows.filter(client_key=receipt.client_key)
    elif receipt.provider_id:
        rows = rows.filter(provider_key=key_of("provider", receipt.provider_id))
    else:
        return None
    return rows.filter(channel=channel).first() or rows.filter(channel__in=_carried_by(channel)).first()


def _carried_by(channel: Channel) -> list[Channel]:
    """The channels whose messages travel on this one."""
    settings = {known.kind: known.carrier_setting for known in registry.all() if known.carrier_setting}
    carried = Channel.objects.filter(kind__in=settings)
    return [row for row in carried if row.settings.get(settings[row.kind]) == channel.key]


def _earlier(row: Delivery) -> list[int]:
    """What went out before it in its conversation and may still hear of more, oldest first."""
    states = (DeliveryState.SENT, DeliveryState.DELIVERED)
    recent = Delivery.objects.filter(pk__lt=row.pk, pk__gt=row.pk - LOOKED_BACK)
    rows = recent.filter(channel_id=row.channel_id, order_key=row.order_key, state__in=states)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _apply_receipt(row: Delivery, receipt: Receipt) -> None:
    if _RANK[receipt.state] <= _RANK[DeliveryState(row.state)]:
        return
    row.claim += 1  # a worker that is still busy with it has nothing more to say
    row.claimed_until = None
    _settle(row, receipt.state, provider_id=receipt.provider_id)
    if receipt.state == DeliveryState.FAILED:
        row.failure = receipt.failure or FailureKind.RECIPIENT_GONE
        row.error = receipt.detail[:2000]
    _save(row)


# --- By hand ------------------------------------------------------------------------------------------------------


@transaction.atomic
def retry_delivery(*, delivery: Delivery, by: Actor) -> Delivery:
    """Sends a failed message again, or one whose outcome nobody could find out. Who may is the caller's to check."""
    row = _lock(delivery.pk)
    is_over = row.settled_at is not None and row.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}
    if not is_over or not row.payload:  # without one after a retention rule took it
        raise DeliveryNotRetryable
    row.state = DeliveryState.QUEUED
    row.failure = row.error = ""
    row.attempts = row.checks = 0
    row.settled_at = None
    row.due_at = Now()
    _save(row, by=by)
    wake("channels.outbound")
    return row


@transaction.atomic
def cancel_delivery(*, delivery: Delivery, by: Actor) -> Delivery:
    """Takes back a message that no worker has begun to send. Who may is the caller's to check."""
    row = _lock(delivery.pk)
    if row.state == DeliveryState.CANCELLED:
        return row
    if row.state != DeliveryState.QUEUED:
        raise DeliveryNotCancellable
    _settle(row, DeliveryState.CANCELLED)
    _save(row, by=by)
    return row


# --- The row ------------------------------------------------------------------------------------------------------


def _lock(pk: int) -> Delivery:
    return Delivery.objects.select_related("channel").select_for_update(of=("self",), no_key=True).get(pk=pk)


def _save(row: Delivery, by: Actor = SYSTEM) -> None:
    """Saves what a step changed and tells it in the same transaction."""
    row.save(
        update_fields=[
            "state",
            "failure",
            "error",
            "provider_key",
            "provider_id",
            "attempts",
            "checks",
            "due_at",
            "claim",
            "claimed_until",
            "settled_at",
            "sent_at",
            "updated",
        ]
    )
    row.refresh_from_db(fields=["due_at", "settled_at", "sent_at"])
    publish(
        DeliveryChanged(
            delivery_id=row.pk,
            channel_id=row.channel_id,
            message_id=row.message_id,
            ticket_id=row.ticket_id,
            state=row.state,
            failure=row.failure,
        ),
        by=by,
        ticket_id=row.ticket_id,
    )


def _end_attempt(delivery: Delivery, result: SendResult) -> None:
    attempt = DeliveryAttempt.objects.filter(delivery=delivery, claim=delivery.claim).order_by("-pk").first()
    if attempt is None:
        return
    attempt.ended = Now()
    attempt.outcome = str(result.failure or result.state)
    attempt.detail = result.detail[:2000]
    attempt.save(update_fields=["ended", "outcome", "detail"])


def _note_health(row: Delivery, result: SendResult) -> None:
    if result.state == DeliveryState.SENT:
        health.note_sent(row.channel_id)
    elif result.failure in CHANNEL_TROUBLE:
        health.note_error(row.channel_id, code=f"channels.{result.failure}", detail=result.detail)
