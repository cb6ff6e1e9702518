"""Connected systems that hear of corrections, for the list of who had the old value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.urls import reverse

from apps.automation.kinds import kinds_of
from apps.automation.models import WebhookEndpoint
from apps.privacy.enums import CopyKind
from apps.privacy.events import PersonCorrected
from apps.privacy.people import Person


def told_of_corrections(person: Person) -> Iterator[Mapping[str, str]]:
    """Whoever chose the event, whether or not they may see this customer: it is little work to look."""
    for row in WebhookEndpoint.objects.filter(is_enabled=True).order_by("pk"):
        if PersonCorrected.kind in kinds_of(row.events):
            yield {
                "kind": CopyKind.WEBHOOK.value,
                "name": row.name,
                "since": row.created.isoformat(),
                "address": reverse("admin:outgoing-webhook", args=[row.pk]),
            }
