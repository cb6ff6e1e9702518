"""From the log of events to deliveries. Each endpoint has its own place in the log, so that one that lags holds up
nobody; the place and the deliveries are written together, so that an event becomes one delivery, once.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from apps.automation.enums import DisabledReason
from apps.automation.kinds import kinds_of
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.automation.rules import reader_of
from apps.automation.services.endpoints import switch_off
from apps.core.actor import SYSTEM
from apps.core.events import last_position
from apps.core.models import Event
from apps.core.wake import wake
from apps.tickets.selectors.feed import feed_rows

BATCH: Final = 200


def gather_events() -> int:
    """One pass over the endpoints that are behind; returns how many deliveries were put in line."""
    behind = WebhookEndpoint.objects.enabled().filter(position__lt=last_position())
    return sum(_gather_for(pk) for pk in behind.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _gather_for(pk: int) -> int:
    endpoint = (
        WebhookEndpoint.objects.enabled()
        .select_related("acts_as__role", "acts_as__vendor")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk=pk)
        .first()
    )
    if endpoint is None:
        return 0
    reader = reader_of(endpoint.acts_as)
    if reader is None:
        switch_off(endpoint, DisabledReason.NO_ACCESS, SYSTEM)
        return 0
    kinds = kinds_of(endpoint.events)
    if not kinds:  # its only events belong to an app that is not installed any more
        return 0
    page = feed_rows(reader, after=endpoint.position, kinds=kinds, limit=BATCH)
    WebhookDelivery.objects.bulk_create([_delivery(endpoint, row) for row in page.rows], ignore_conflicts=True)
    endpoint.position = page.next_after
    endpoint.save(update_fields=["position"])
    if page.rows:
        wake("automation.send")
    return len(page.rows)


def _delivery(endpoint: WebhookEndpoint, row: Event) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        kind=row.kind,
        event_id=row.pk,
        event_created=row.created,
        ticket_id=row.ticket_id,
        due_at=Now(),
    )
