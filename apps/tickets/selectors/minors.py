"""The lens over what hangs on a ticket, where nothing else of it is read: of a minor's ticket, or of what a minor wrote."""

from __future__ import annotations

from apps.core.actor import Actor
from apps.customers.models import Customer
from apps.privacy.lens import Lens, lens_for
from apps.tickets.models import Attachment, Message, Ticket


def lens_over(actor: Actor, *customers: Customer | None) -> Lens:
    """As strict as for a minor where one of them is."""
    return lens_for(actor).of(any(customer is not None and customer.is_minor for customer in customers))


def lens_over_ticket(actor: Actor, ticket: Ticket) -> Lens:
    return lens_over(actor, ticket.customer)


def lens_over_file(actor: Actor, row: Attachment) -> Lens:
    """Not asked for who sees minors as others."""
    own = lens_for(actor)
    if own.sees_minors:
        return own
    message = Message.objects.filter(pk=row.message_id, ticket=row.ticket_id).select_related("customer").first()
    return lens_over(actor, row.ticket.customer, message.customer if message is not None else None)
