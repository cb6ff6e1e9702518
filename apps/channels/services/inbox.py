"""The durable inbox: accept first, think later.

`accept` stores an item and nothing else. `process_due` takes stored items through their connector to intake.
A worker owns an item by a lease and a fencing token: it may be killed, stopped or replaced at any line, and
the item's effects still happen exactly once, because they are committed together with the mark that they are.
"""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from apps.channels import backoff, intake, registry
from apps.channels.contract import Inbound, InboundFile, Parsed, Receipt, VerifiedInput
from apps.channels.enums import InboundState
from apps.channels.errors import ChannelInactive, LeaseLost, NotYet, StorageFull
from apps.channels.keys import key_of
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import health, outbox
from apps.channels.tracing import place_of
from apps.core.actor import SYSTEM
from apps.core.errors import AppError
from apps.core.inserting import insert, insert_unless_there
from apps.core.reasons import kept_reason
from apps.core.storable import storable
from apps.core.storage import store_file
from apps.core.wake import wake

logger = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=25)
"""Reading one item takes at most a few seconds. What a dead worker held is taken up again after this time."""

MAX_LOST_CLAIMS: Final = 3
"""An item that more workers than this died with is poison: it is parked, and the others go on."""

MAX_UNEXPECTED: Final = 5
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Connectors limit what they take; this only says that what was accepted can also be kept."""

PORTION: Final = 500
"""So many items of one call are stored by one statement."""

MIN_FREE_BYTES: Final = 256 * 1024 * 1024
BATCH: Final = 50
CHUNK: Final = 8
"""So many items are claimed in one round trip."""

CHUNK_SECONDS: Final = 8.0
"""An item that is not begun so long after its claim goes back: with the slowest one before it, its lease still holds."""

PASS_SECONDS: Final = 10.0


# --- Accepting ----------------------------------------------------------------------------------------------------


def accept(
    *,
    channel: Channel,
    external_id: str,
    order_by: str,
    payload: bytes,
    envelope: dict[str, Any] | None = None,
) -> InboundEvent | None:
    """Stores an input under its platform's id, once; None when it is there already. Then it may be acknowledged.

    Of any number of concurrent calls with one id exactly one gets the row; the others wait for its commit, so
    that nobody acknowledges what is not stored.
    """
    _require_open(channel)
    event = _event(channel, VerifiedInput(external_id, order_by, payload, envelope or {}))
    if not insert_unless_there(event, returning=("received", "due_at")):
        return None
    wake("channels.inbound")
    return event


def accept_all(*, channel: Channel, items: Sequence[VerifiedInput]) -> None:
    """The same for everything that one call brought, in portions: each is one statement, and kept once it is done.

    Who is not acknowledged because a later portion failed calls again, and what is there already is not stored twice.
    """
    for start in range(0, len(items), PORTION):
        _require_open(channel)
        insert(*(_event(channel, item) for item in items[start : start + PORTION]), ignore_conflicts=True)
        wake("channels.inbound")


def _require_open(channel: Channel) -> None:
    if not channel.is_active:
        raise ChannelInactive
    require_room()


def _event(channel: Channel, item: VerifiedInput) -> InboundEvent:
    return InboundEvent(
        channel=channel,
        external_key=external_key(item.external_id),
        order_key=order_key(channel, item.order_by),
        envelope=item.envelope,
        payload=item.payload,
        received=Now(),
        due_at=Now(),
    )


def require_room() -> None:
    """Refuses input while the disk for attachments is nearly full, so that what was accepted can still be finished."""
    root = Path(settings.MEDIA_ROOT)
    place = next(folder for folder in (root, *root.parents) if folder.is_dir())
    if shutil.disk_usage(place).free < MIN_FREE_BYTES:
        logger.error("inbound.storage_full")
        raise StorageFull


def order_key(channel: Channel, order_by: str) -> bytes:
    """Holds the channel too, so that order can be asked for by this one column."""
    return key_of("order", str(channel.pk), order_by)


def external_key(external_id: str) -> bytes:
    return key_of("external", external_id)


def accepted_before(*, channel: Channel, external_id: str) -> InboundEvent | None:
    """The row that an earlier delivery of the same item left."""
    return InboundEvent.objects.filter(channel=channel, external_key=external_key(external_id)).first()


# --- Processing ---------------------------------------------------------------------------------------------------


def process_due(limit: int = BATCH) -> int:
    """One pass over what is due, in turns between channels; returns how many items were touched."""
    until = time.monotonic() + PASS_SECONDS
    done = rescue_abandoned()
    candidates = _candidates(limit)
    while time.monotonic() < until and (chunk := list(islice(candidates, CHUNK))):
        done += _process_chunk(claim(chunk))
    return done


def _process_chunk(events: Sequence[InboundEvent]) -> int:
    """Processes what was claimed together; gives the rest back when it takes so long that the leases run down."""
    until = time.monotonic() + CHUNK_SECONDS
    for done, event in enumerate(events):
        if time.monotonic() >= until:
            _give_back(events[done:])
            return done
        process(event)
    return len(events)


def _give_back(events: Sequence[InboundEvent]) -> None:
    for event in events:
        held = InboundEvent.objects.filter(pk=event.pk, claim=event.claim, state=InboundState.RECEIVED)
        held.update(claimed_until=None)


def _candidates(limit: int) -> Iterator[int]:
    """Ids that look claimable, one of each channel in turn, so that a flood on one does not hold up another."""
    due = InboundEvent.objects.waiting().filter(channel=OuterRef("pk"), due_at__lte=Now(), claimed_until=None)
    channels = Channel.objects.filter(Exists(due)).values_list("pk", flat=True)
    queues = [
        list(
            InboundEvent.objects.claimable()
            .filter(channel=channel)
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:limit]
        )
        for channel in channels
    ]
    return (pk for pk in chain.from_iterable(zip_longest(*queues)) if pk is not None)


@transaction.atomic
def claim(pks: Sequence[int]) -> list[InboundEvent]:
    """Takes items for `LEASE`, but those that somebody else was quicker for or whose sender's earlier one waits.

    What a worker died with before is taken alone, so that poison cannot take its neighbours along.
    """
    found = {
        event.pk: event
        for event in InboundEvent.objects.with_claimable()
        .select_related("channel__brand")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk__in=pks)
        if event.is_claimable
    }
    events = [found[pk] for pk in pks if pk in found]
    if any(event.lost_claims for event in events):
        events = events[:1] if events[0].lost_claims else [event for event in events if not event.lost_claims]
    InboundEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        claim=F("claim") + 1, claimed_until=Now() + LEASE
    )
    for event in events:
        event.claim += 1
    return events


def process(event: InboundEvent) -> None:
    """Reads a claimed item and has its effects happen, or sets it back with the reason. Never raises over the item."""
    try:
        parsed = storable(registry.get(event.channel.kind).parse(event))
        _take_in(event, parsed)
    except LeaseLost:
        logger.warning("inbound.claim_lost", inbound_id=event.pk)
    except Exception as error:  # noqa: BLE001 (see below)
        # Whatever one item does must neither lose it nor stop its channel: it is kept with its error.
        _set_back(event, error)
    else:
        health.note_received(event.channel_id)


def _take_in(event: InboundEvent, parsed: Parsed) -> None:
    with transaction.atomic():
        fence(event)
        state, reason = InboundState.DONE, ""
        if isinstance(parsed, Inbound):
            result = intake.handle(_with_stored_files(parsed), event)
            event.message_id, event.ticket_id = result.message_id, result.ticket_id
            if result.message_id is None:
                state, reason = InboundState.IGNORED, result.reason
        elif isinstance(parsed, Receipt):
            if not outbox.apply_receipt(channel=event.channel, receipt=parsed):
                raise NotYet
        else:
            state, reason = InboundState.IGNORED, parsed.reason
        _finish(event, state, reason)


def fence(event: InboundEvent) -> None:
    """Locks the row until the end of the transaction; LeaseLost unless this worker still owns it."""
    held = (
        InboundEvent.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=event.pk, claim=event.claim, state=InboundState.RECEIVED, claimed_until__isnull=False)
        .values_list("pk", flat=True)
        .first()
    )
    if held is None:
        raise LeaseLost


def _finish(event: InboundEvent, state: InboundState, reason: str = "") -> None:
    event.state = state
    event.error_code = reason[:80]
    event.error = ""
    event.claimed_until = None
    event.done_at = Now()
    event.save(update_fields=["state", "error_code", "error", "claimed_until", "done_at", "message_id", "ticket_id"])


def _with_stored_files(inbound: Inbound) -> Inbound:
    return dataclasses.replace(inbound, attachments=tuple(_stored(file) for file in inbound.attachments))


def _stored(file: InboundFile) -> InboundFile:
    if file.stored_id is not None:
        return file
    return dataclasses.replace(
        file, stored_id=store_file(file.content, name=file.name, by=SYSTEM, limit=MAX_FILE_BYTES).pk
    )


# --- When it does not work ----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Verdict:
    code: str
    text: str
    """Without words of ours: it is read in any language."""
    attempts: int
    """After so many attempts the item is parked; 1 means at once."""
    after: timedelta | None = None


def _judge(error: Exception) -> _Verdict:
    if isinstance(error, AppError):
        retries = len(backoff.INBOUND) if error.status in {429, 503} else 1
        seconds = getattr(error, "retry_after", None)
        return _Verdict(error.code, kept_reason(error), retries, timedelta(seconds=seconds) if seconds else None)
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, OperationalError | InterfaceError):
        return _Verdict("channels.database_trouble", text, 10 * len(backoff.INBOUND))
    return _Verdict("channels.unexpected", text, MAX_UNEXPECTED)


def _set_back(event: InboundEvent, error: Exception) -> None:
    """Waits for another attempt, or parks the item when there is no sense in one."""
    verdict = _judge(error)
    logger.warning(
        "inbound.failed",
        inbound_id=event.pk,
        code=verdict.code,
        error=type(error).__name__,
        place=place_of(error),
    )
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    try:
        with transaction.atomic():
            fence(event)
            _save_setback(event, verdict, gives_up_quietly=isinstance(error, NotYet))
    except LeaseLost:
        logger.warning("inbound.claim_lost", inbound_id=event.pk)
        return
    if event.state == InboundState.PARKED:
        health.note_error(event.channel_id, code=verdict.code, detail=verdict.text)


def _save_setback(event: InboundEvent, verdict: _Verdict, *, gives_up_quietly: bool) -> None:
    event.attempts += 1
    event.error_code = verdict.code[:80]
    event.error = verdict.text[:2000]
    event.claimed_until = None
    event.message_id = event.ticket_id = None
    if event.attempts < verdict.attempts:
        wait = backoff.delay(event.attempts, backoff.INBOUND)
        event.due_at = Now() + max(wait, verdict.after or wait)
    else:
        event.state = InboundState.IGNORED if gives_up_quietly else InboundState.PARKED
    event.save(
        update_fields=["attempts", "error_code", "error", "claimed_until", "due_at", "state", "message_id", "ticket_id"]
    )


def rescue_abandoned() -> int:
    """Frees what dead workers held; an item that kills its workers is parked as poison."""
    with transaction.atomic():
        abandoned = list(
            InboundEvent.objects.abandoned()
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .only("pk", "channel_id", "lost_claims")
            .order_by("pk")[:BATCH]
        )
        poison = [event for event in abandoned if event.lost_claims >= MAX_LOST_CLAIMS]
        InboundEvent.objects.filter(pk__in=[event.pk for event in abandoned]).update(
            claim=F("claim") + 1, claimed_until=None, lost_claims=F("lost_claims") + 1, due_at=Now()
        )
        InboundEvent.objects.filter(pk__in=[event.pk for event in poison]).update(
            state=InboundState.PARKED, error_code="channels.poison"
        )
    for event in poison:
        logger.error("inbound.poison", inbound_id=event.pk, channel_id=event.channel_id)
        health.note_error(event.channel_id, code="channels.poison")
    return len(abandoned)
