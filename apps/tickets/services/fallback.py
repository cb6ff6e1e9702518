"""When an answer cannot be delivered any more, the customer gets a link to a page where it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.db import transaction

from apps.channels import registry
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Channel, Delivery
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.routes import Way, refusal_of
from apps.tickets.services import outgoing
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.messages.sending import open_ways
from apps.tickets.services.timeline import MESSAGE_FIELDS, record_entry

KIND: Final = "page"
FAILURES: Final = frozenset({FailureKind.OUTSIDE_WINDOW, FailureKind.RECIPIENT_GONE})


@transaction.atomic
def stand_in(*, delivery_id: int) -> Delivery | None:
    """Sends the link for a failed delivery, once a message; None when nothing stands in for its channel."""
    failed = Delivery.objects.select_related("channel").filter(pk=delivery_id, state=DeliveryState.FAILED).first()
    ticket = None if failed is None else Ticket.objects.locked().filter(pk=failed.ticket_id or 0).first()
    message = None if failed is None else Message.objects.filter(pk=failed.message_id or 0).first()
    if failed is None or ticket is None or message is None or message.kind != MessageKind.AGENT:
        return None
    way = _way(ticket, failed.channel)
    key = f"{KIND}.{message.pk}"
    if way is None or Delivery.objects.filter(client_key=key).exists():
        return None
    return _send(ticket, way, message, key)


def _way(ticket: Ticket, failed: Channel) -> Way | None:
    found = [way for way in open_ways(ticket) if way.channel.kind == KIND and not refusal_of(way)]
    return next((way for way in found if failed.key in _stands_in_for(way.channel)), None)


def _stands_in_for(page: Channel) -> frozenset[str]:
    return frozenset(registry.get(KIND).setting(page, "fallback_for") or ())


def _send(ticket: Ticket, way: Way, message: Message, key: str) -> Delivery:
    to = [person.address for person in way.addressing.to[:1]]
    outbound = outgoing.prepare(ticket=ticket, way=way, html=message.html, subject="", to=to)
    handle = {"kind": way.connector.identity_kind, "value": to[0]}
    entry = record_entry(ticket=ticket, notice="fell_back", by=SYSTEM, envelope={"handle": handle})
    delivery = outbox.queue_delivery(
        channel=way.channel,
        message_id=entry.pk,
        ticket_id=ticket.pk,
        outbound=replace(outbound, client_key=key),
        order_by=f"ticket:{ticket.pk}",
        by=SYSTEM,
    )
    save_ticket(ticket, MESSAGE_FIELDS)
    return delivery
