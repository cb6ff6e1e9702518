"""Sending once more what failed."""

from __future__ import annotations

from django.db import transaction

from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery
from apps.channels.services import outbox
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.customers.restrictions import is_restricted
from apps.tickets.errors import CustomerRestricted
from apps.tickets.models import Ticket
from apps.tickets.selectors.uses import require_uses
from apps.tickets.services.changing import lock_ticket


@transaction.atomic
def retry_delivery(*, ticket: Ticket, delivery_id: int, by: Actor) -> Delivery:
    """Sends once more what failed, for whoever may answer the ticket."""
    ticket = lock_ticket(ticket, by=by, code="tickets.reply")
    stopped = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    delivery = (
        Delivery.objects.select_related("channel")
        .filter(pk=delivery_id, ticket_id=ticket.pk, state__in=stopped)
        .first()
    )
    if delivery is None:
        raise NotVisible
    if is_restricted(ticket.customer, ticket_id=ticket.pk):
        raise CustomerRestricted
    require_uses(ticket.customer, delivery.channel)
    return outbox.retry_delivery(delivery=delivery, by=by)
