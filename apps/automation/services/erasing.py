"""What was told about a person to other systems: the copies of it that lie here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.automation.models import WebhookAttempt, WebhookDelivery
from apps.core.models import Event
from apps.privacy.people import Person, Place, register_place
from apps.tickets.services.erasing import own


def _deliveries(person: Person) -> QuerySet[Any, Any]:
    events = Event.objects.filter(customer_id__in=person.ids).order_by().values("pk")
    return WebhookDelivery.objects.filter(Q(ticket_id__in=own(person)) | Q(event_id__in=events))


def _erase(person: Person, rows: Sequence[Any]) -> None:
    """One that is still on its way is written anew from its event, which by then says nothing of anybody."""
    found = WebhookDelivery.objects.filter(pk__in=[row.pk for row in rows])
    found.update(payload=b"")
    WebhookAttempt.objects.filter(delivery__in=found).update(answer="")


def register() -> None:
    register_place(Place("automation.delivery", _("what webhooks carried"), _deliveries, _erase))
