"""What of a conversation can be shown in the clear for a reason: single places in its texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.ids import read_public_id
from apps.privacy.detection import is_blind, unpack
from apps.privacy.naming import Named, register_names
from apps.privacy.owners import register_owners
from apps.privacy.revealing import Part, Record, register_revealable, text_parts
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.rendering import known_of_others, view_of, with_writers
from apps.tickets.selectors.timeline import UNDONE


def register() -> None:
    register_revealable("message", Message, _("Message"), _message)
    register_revealable("ticket", Ticket, _("Ticket"), _ticket)
    register_owners(_of_own_customers)
    register_names(Named.TICKET, _numbers)


def _message(actor: Actor, public_id: str) -> Record | None:
    rows = Message.objects.visible_to(actor).select_related("ticket__customer", "customer").exclude(notice=UNDONE)
    row = rows.filter(pk=read_public_id(Message, public_id) or 0).first()
    if row is None:
        return None
    people = (row.ticket.customer, row.customer)
    is_minor = any(person is not None and person.is_minor for person in people)
    customer_id = row.ticket.customer_id or row.customer_id
    return Record(row, customer_id, row.ticket_id, tuple(_places(actor, row)), is_minor=is_minor)


def _places(actor: Actor, message: Message) -> Iterator[Part]:
    view = with_writers(view_of(actor, [message.ticket]), [message])
    known, lens = (*view.known_of_all(), *known_of_others(view, [message])), view.lens_of(message)
    typed = () if is_blind(message.spans) else known
    yield from text_parts(lens, "text", message.text, spans=unpack(message.spans), known=typed)
    yield from text_parts(lens, "quoted", message.quoted, known=known)
    yield from text_parts(lens, "subject", message.subject, known=known)


def _ticket(actor: Actor, public_id: str) -> Record | None:
    rows = Ticket.objects.visible_to(actor).select_related("customer")
    row = rows.filter(pk=read_public_id(Ticket, public_id) or 0).first()
    if row is None:
        return None
    view = view_of(actor, [row])
    parts = text_parts(view.over(row), "subject", row.subject, known=() if row.subject_is_blind else view.known_of(row))
    is_minor = row.customer is not None and row.customer.is_minor
    return Record(row, row.customer_id, row.pk, tuple(parts), is_minor=is_minor)


def _of_own_customers(actor: Actor) -> Exists:
    """Who holds a ticket of the customer looks after them."""
    held = Ticket.objects.visible_to(actor).filter(assignee=actor.user_id or 0)
    return Exists(held.filter(customer_id=OuterRef("customer_id")))


def _numbers(actor: Actor, ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    found = Ticket.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "number")
    return {pk: (f"#{number}", reverse("workbench:ticket", args=[number])) for pk, number in found}
