"""Deliveries on their way. A worker claims a due row with a lease and a fencing token, tells its event as the endpoint's
user sees it at that moment, and calls. A row whose lease ran out is sent again under the same message id.

Whoever writes to a delivery locks its endpoint first.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from apps.automation import couriers
from apps.automation.enums import AttemptError, DeliveryState, DisabledReason
from apps.automation.kinds import TEST
from apps.automation.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.automation.payload import payload_of, test_payload
from apps.automation.posting import Call, Outcome, post
from apps.automation.rules import reader_of
from apps.automation.schedule import next_wait
from apps.automation.services.endpoints import switch_off
from apps.core import clock
from apps.core.actor import SYSTEM, Actor
from apps.tickets.selectors.feed import told_event

logger = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=90)
"""Well above the longest call: one that runs out costs the receiver a repetition."""

AT_ONCE: Final = 3
"""Calls to one endpoint at the same time, over all workers; one while it fails."""

LOOKED_AT: Final = 50
GONE: Final = 410
SLOW_DOWN: Final = frozenset({429, 502, 503, 504})
PAUSE: Final = timedelta(seconds=30)
"""How long an overloaded receiver is left alone that does not say how long."""

LONGEST_PAUSE: Final = timedelta(hours=1)
FAILING_FOR: Final = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off."""

MARKED_EVERY: Final = timedelta(seconds=10)
"""How exactly we know when an endpoint last took something."""


# --- Starting -----------------------------------------------------------------------------------------------------


def send_due() -> int:
    """Gives what is due to couriers that are free, in turns between endpoints; returns how much was started."""
    return sum(_start_some(endpoint) for endpoint in _endpoints_with_work())


def _endpoints_with_work() -> list[WebhookEndpoint]:
    """Those that work come first, in a new order each time, so that none of them is always last."""
    due = WebhookDelivery.objects.claimable().filter(endpoint=OuterRef("pk"))
    found = list(WebhookEndpoint.objects.enabled().rested().filter(Exists(due)).only("failing_since"))
    random.shuffle(found)
    return sorted(found, key=lambda endpoint: endpoint.failing_since is not None)


def _start_some(endpoint: WebhookEndpoint) -> int:
    started = 0
    while started < AT_ONCE and couriers.reserve():
        job: couriers.Job | None = None
        try:
            delivery = claim_next(endpoint)
            if delivery is None:
                break
            started += 1
            call = call_for(delivery)
            job = None if call is None else partial(carry, delivery, call)
        finally:
            couriers.release() if job is None else couriers.run(job)
    return started


@transaction.atomic
def claim_next(endpoint: WebhookEndpoint) -> WebhookDelivery | None:
    """The delivery that waits longest, for LEASE; of one ticket only one at a time, so that order is kept where all
    goes well.
    """
    row = _locked_endpoint(endpoint.pk)
    if row is None or not row.is_enabled:
        return None
    if reader_of(row.acts_as) is None:
        switch_off(row, DisabledReason.NO_ACCESS, SYSTEM)
        return None
    busy = list(WebhookDelivery.objects.in_flight().filter(endpoint=row).values_list("ticket_id", flat=True))
    if len(busy) >= (AT_ONCE if row.failing_since is None else 1):
        return None
    waiting = WebhookDelivery.objects.claimable().filter(endpoint=row).order_by("due_at", "pk")[:LOOKED_AT]
    delivery = next((one for one in waiting if one.ticket_id is None or one.ticket_id not in busy), None)
    if delivery is None:
        return None
    delivery.endpoint = row
    delivery.claim += 1
    delivery.tries += 1
    delivery.attempts += 1
    delivery.claimed_until = Now() + LEASE
    delivery.save(update_fields=["claim", "tries", "attempts", "claimed_until"])
    return delivery


def _locked_endpoint(pk: int) -> WebhookEndpoint | None:
    rows = WebhookEndpoint.objects.select_related("acts_as__role", "acts_as__vendor")
    return rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()


# --- One attempt --------------------------------------------------------------------------------------------------


def call_for(delivery: WebhookDelivery) -> Call | None:
    """What is sent now; None where there is nothing to send, which then stands in the delivery."""
    reader = reader_of(delivery.endpoint.acts_as)
    try:
        body = _body(delivery, reader) if reader is not None else None
    except Exception as error:  # an event that one app tells wrongly must not stop those of others
        logger.exception("webhook.not_told", delivery_id=delivery.pk, kind=delivery.kind, error=type(error).__name__)
        record_outcome(delivery, Outcome(AttemptError.CONTENT), started=clock.now())
        return None
    if body is None:
        _withdraw(delivery)
        return None
    delivery.payload = body
    delivery.save(update_fields=["payload"])
    endpoint = delivery.endpoint
    return Call(endpoint.url, tuple(endpoint.live_secrets), delivery.message_id, body)


def _body(delivery: WebhookDelivery, reader: Actor) -> bytes | None:
    if delivery.kind == TEST:
        return test_payload(delivery.created)
    if delivery.event_id is None or delivery.event_created is None:
        return None
    told = told_event(reader, event_id=delivery.event_id, created=delivery.event_created)
    return None if told is None else payload_of(told)


def carry(delivery: WebhookDelivery, call: Call) -> None:
    started = clock.now()
    outcome = post(call)
    if not outcome.is_delivered:
        logger.info("webhook.failed", delivery_id=delivery.pk, error=outcome.error, status=outcome.status)
    record_outcome(delivery, outcome, started=started)


@transaction.atomic
def record_outcome(delivery: WebhookDelivery, outcome: Outcome, *, started: datetime) -> None:
    """Writes what an attempt met. A worker that lost its lease changes nothing, unless it has proof of delivery."""
    endpoint = _locked_endpoint(delivery.endpoint_id)
    row = WebhookDelivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk).first()
    if endpoint is None or row is None:
        return  # deleted meanwhile
    WebhookAttempt.objects.create(
        delivery=row,
        started=started,
        duration_ms=outcome.duration // timedelta(milliseconds=1),
        status=outcome.status,
        error=outcome.error,
        answer=outcome.answer,
    )
    if row.settled_at is None and (row.claim == delivery.claim or outcome.is_delivered):
        _apply(row, outcome)
    _mark(endpoint, outcome)


def _apply(row: WebhookDelivery, outcome: Outcome) -> None:
    wait = None if outcome.is_delivered else next_wait(row.tries, outcome.retry_after)
    if wait is not None:
        row.claimed_until, row.due_at = None, Now() + wait
        row.save(update_fields=["claimed_until", "due_at"])
    else:
        _settle(row, DeliveryState.DELIVERED if outcome.is_delivered else DeliveryState.FAILED)


def _settle(row: WebhookDelivery, state: DeliveryState) -> None:
    row.state, row.settled_at, row.claimed_until = state, clock.now(), None
    row.save(update_fields=["state", "settled_at", "claimed_until"])


@transaction.atomic
def _withdraw(delivery: WebhookDelivery) -> None:
    """Nothing was sent, so it is no attempt."""
    _locked_endpoint(delivery.endpoint_id)
    row = WebhookDelivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk, claim=delivery.claim).first()
    if row is not None:
        row.attempts -= 1
        row.save(update_fields=["attempts"])
        _settle(row, DeliveryState.WITHDRAWN)


# --- The endpoint's state -----------------------------------------------------------------------------------------


def _mark(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    """What an attempt says about its endpoint. That we could not find words says nothing."""
    if outcome.is_delivered:
        _mark_success(endpoint)
    elif outcome.error != AttemptError.CONTENT:
        _mark_failure(endpoint, outcome)


def _mark_success(endpoint: WebhookEndpoint) -> None:
    now, last = clock.now(), endpoint.last_success_at
    if endpoint.failing_since is None and last is not None and now - last < MARKED_EVERY:
        return
    endpoint.last_success_at, endpoint.failing_since, endpoint.paused_until = now, None, None
    endpoint.save(update_fields=["last_success_at", "failing_since", "paused_until"])


def _mark_failure(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    now = clock.now()
    endpoint.last_error_at = now
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.status in SLOW_DOWN:
        endpoint.paused_until = now + min(outcome.retry_after or PAUSE, LONGEST_PAUSE)
    endpoint.save(update_fields=["last_error_at", "failing_since", "paused_until"])
    if not endpoint.is_enabled:
        return
    if outcome.status == GONE:
        switch_off(endpoint, DisabledReason.GONE, SYSTEM)
    elif endpoint.failing_since <= now - FAILING_FOR:
        switch_off(endpoint, DisabledReason.FAILING, SYSTEM)
