"""Deliveries are kept for a while after they ended, and then removed. The events themselves stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apps.automation.models import WebhookAttempt, WebhookDelivery, WebhookReplay
from apps.core import clock

KEPT: Final = timedelta(days=60)
BATCH: Final = 1000


def prune() -> int:
    """One batch; returns how many were removed."""
    before = clock.now() - KEPT
    old = list(
        WebhookDelivery.objects.filter(settled_at__lt=before).order_by("pk").values_list("pk", flat=True)[:BATCH]
    )
    WebhookAttempt.objects.filter(delivery__in=old).delete()
    WebhookDelivery.objects.filter(pk__in=old).delete()
    WebhookReplay.objects.filter(created__lt=before, deliveries__isnull=True).delete()
    return len(old)
