"""What outgoing webhooks sent and were answered. `pruning` removes it after 60 days whatever a rule says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.automation.models import WebhookAttempt, WebhookDelivery
from apps.automation.services.pruning import KEPT
from apps.privacy.retention import Clock, DataClass, register_class


def _deliveries() -> QuerySet[Any]:
    return WebhookDelivery.objects.all()


def _delete(ids: Sequence[int]) -> None:
    WebhookAttempt.objects.filter(delivery__in=ids).delete()
    WebhookDelivery.objects.filter(pk__in=ids).delete()


def register() -> None:
    register_class(
        DataClass(
            "automation.deliveries", _("deliveries of outgoing webhooks"), _deliveries, _delete,
            (Clock("settled", _("it was delivered or given up"), "settled_at"),),
            most_days=KEPT.days, law=_("They are removed after 60 days in any case."),
            kept_with=("tickets.ticket", "ticket_id"),
        )
    )  # fmt: skip
