"""Reaching a person on a handle of their own, for the proof that it was they who asked about their data.

What is sent stands in no message: the ticket only says that something was.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import translation

from apps.channels.services import outbox
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.richtext import clean_html, text_to_html
from apps.customers.identities import kind_of
from apps.customers.models import Customer, Identity
from apps.customers.selectors import family_identities, identity_row
from apps.privacy.reaching import OwnHandle, Words
from apps.tickets.models import Ticket
from apps.tickets.selectors.minors import lens_over
from apps.tickets.selectors.routes import Way, refusal_of, way_to
from apps.tickets.selectors.uses import require_uses
from apps.tickets.services import outgoing
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.timeline import MESSAGE_FIELDS, record_entry


def handles(customer_id: int, ticket_id: int | None, actor: Actor) -> list[OwnHandle]:
    """Those that they had proved, where a channel may write first."""
    customer, ticket = _found(customer_id, ticket_id, actor)
    lens = lens_over(actor, customer)
    return [
        OwnHandle(each.public_id, each.kind, kind_of(each.kind).label, identity_row(each, lens).value)
        for each in (family_identities(customer) if customer is not None and ticket is not None else ())
        if ticket is not None and _way(ticket, each) is not None
    ]


def _found(customer_id: int, ticket_id: int | None, actor: Actor) -> tuple[Customer | None, Ticket | None]:
    """The ticket on which the request is answered, or their newest one: in whose name it is sent."""
    customer = Customer.objects.visible_to(actor).filter(pk=customer_id).first()
    if customer is None:
        return None, None
    family = Customer.objects.visible_to(actor).merged_with(customer)
    rows = Ticket.objects.visible_to(actor).filter(customer__in=family, merged_into=None)
    own = rows.filter(pk=ticket_id).first() if ticket_id is not None else None
    return customer, own or rows.order_by("-pk").first()


def _way(ticket: Ticket, identity: Identity) -> Way | None:
    way = way_to(ticket, identity.kind, identity.value) if identity.verified_at is not None else None
    return way if way is not None and not refusal_of(way) else None


@transaction.atomic
def send(customer_id: int, ticket_id: int | None, key: str, words: Words, by: Actor) -> None:
    """Also while a restriction holds: it is about what they asked for."""
    customer, found = _found(customer_id, ticket_id, by)
    identity = next((row for row in family_identities(customer) if row.public_id == key), None) if customer else None
    ticket = Ticket.objects.locked().filter(pk=found.pk).first() if found is not None else None
    way = _way(ticket, identity) if ticket is not None and identity is not None else None
    if ticket is None or identity is None or way is None:
        raise NotVisible
    require_uses(customer, way.channel)
    envelope = {"handle": {"kind": identity.kind, "value": identity.value}, "method": "code"}
    entry = record_entry(ticket=ticket, notice="identity_asked", by=by, envelope=envelope)
    _queue(ticket, way, identity, words, entry.pk, by)
    save_ticket(ticket, MESSAGE_FIELDS)


def _queue(ticket: Ticket, way: Way, identity: Identity, words: Words, message_id: int, by: Actor) -> None:
    with translation.override(ticket.language or way.channel.default_language):
        text = str(words.text) % {"brand": str(way.channel.brand.name), **words.values}
        outbound = outgoing.prepare(
            ticket=ticket,
            way=way,
            html=clean_html(text_to_html(text)),
            subject=str(words.subject),
            to=[identity.value],
            is_reply=False,
            automatic=True,
        )
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message_id,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"identity:{message_id}",
        by=by,
    )
