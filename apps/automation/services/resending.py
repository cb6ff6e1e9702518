"""By hand: a test, one delivery again, or all that was given up. The message id stays, so that a receiver that knows it
does nothing twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from apps.automation.enums import DeliveryState
from apps.automation.errors import DeliveryUnderWay, EndpointDisabled, NothingToReplay, ReplayUnderWay
from apps.automation.kinds import TEST
from apps.automation.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from apps.automation.services.endpoints import lock_endpoint
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.wake import wake


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: Actor) -> WebhookDelivery:
    """An event of kind `webhook.test`, whatever the endpoint asked for."""
    row = _enabled(endpoint, by)
    delivery = WebhookDelivery(endpoint=row, kind=TEST, due_at=clock.now())
    delivery.save()
    audit.record("webhook.tested", by=by, subject=row)
    wake("automation.send")
    return delivery


@transaction.atomic
def resend_delivery(*, delivery: WebhookDelivery, by: Actor) -> WebhookDelivery:
    """Puts it in line again, with the whole schedule before it; also one that was delivered."""
    endpoint = _enabled(delivery.endpoint, by)
    rows = WebhookDelivery.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=delivery.pk).first()
    if row is None:
        raise NotVisible
    if row.claimed_until is not None and row.claimed_until > clock.now():
        raise DeliveryUnderWay
    row.state, row.settled_at, row.claimed_until = DeliveryState.PENDING, None, None
    row.tries, row.due_at = 0, clock.now()
    row.save(update_fields=["state", "settled_at", "claimed_until", "tries", "due_at"])
    audit.record("webhook.resent", by=by, subject=endpoint, details={"message_id": row.message_id})
    wake("automation.send")
    return row


@transaction.atomic
def replay_failed(*, endpoint: WebhookEndpoint, since: datetime, by: Actor) -> WebhookReplay:
    """Puts all in line again that was given up since then. One replay of an endpoint at a time."""
    row = _enabled(endpoint, by)
    if WebhookDelivery.objects.unsettled().filter(endpoint=row, replay__isnull=False).exists():
        raise ReplayUnderWay
    failed = WebhookDelivery.objects.failed().filter(endpoint=row, settled_at__gte=since)
    if not failed.exists():
        raise NothingToReplay
    replay = WebhookReplay(endpoint=row, since=since, created_by=by.user)
    replay.save()
    count = failed.update(
        state=DeliveryState.PENDING, settled_at=None, claimed_until=None, tries=0, due_at=Now(), replay=replay
    )
    audit.record("webhook.replayed", by=by, subject=row, details={"since": since.isoformat(), "count": count})
    wake("automation.send")
    return replay


def _enabled(endpoint: WebhookEndpoint, by: Actor) -> WebhookEndpoint:
    row = lock_endpoint(endpoint, by)
    if not row.is_enabled:
        raise EndpointDisabled
    return row
