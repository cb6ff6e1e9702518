"""How a viewer sees what hangs on a ticket: the lens with the customer's own known values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

from apps.core.actor import Actor
from apps.core.fields import encrypted_fields
from apps.customers.identities import alias_of
from apps.customers.models import Customer
from apps.customers.selectors import handle_names, known_by_customer
from apps.privacy.enums import FieldClass
from apps.privacy.lens import Known, Lens, lens_for
from apps.privacy.masks import HIDDEN
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.recipients import address_key, address_pairs, own_addresses
from apps.tickets.selectors.vocabulary import vocabulary

PREVIEW_LENGTH = 160
SUBJECT_LENGTH = 300
SUBJECT_FROM_TEXT_LENGTH = 80
"""Where a subject ends that was taken from the first line of a text."""
CUT_LENGTHS = frozenset({PREVIEW_LENGTH, SUBJECT_LENGTH, SUBJECT_FROM_TEXT_LENGTH})
_LAST_WORD = re.compile(r"[\w.@%+\-]{1,80}\Z", re.ASCII)
_LAST_NUMBER = re.compile(r"[\d\s.()+\-]{2,60}\Z")


class Handles(dict[int, str]):
    """What stands for the names of customers who have none; all tickets' are read when the first is asked for."""

    def __init__(self, lens: Lens, tickets: Sequence[Ticket] = ()) -> None:
        super().__init__()
        self._lens = lens
        self._tickets = tickets

    def __missing__(self, customer_id: int) -> str:
        customers = [ticket.customer for ticket in self._tickets if ticket.customer is not None]
        nameless = {customer_id, *(customer.pk for customer in customers if not customer.name)} - self.keys()
        self.update(dict.fromkeys(nameless, "") | handle_names(nameless, self._lens))
        return self[customer_id]


@dataclass(frozen=True, slots=True)
class View:
    """A viewer's lens over a set of tickets. Where one of them is a minor's, `lens` is as strict for all that is not
    known to be of another.
    """

    lens: Lens
    own: Lens
    """The viewer's, of which `of` tells how they see a minor."""
    handles: Handles
    known: Mapping[int, tuple[Known, ...]]
    """By customer."""
    named: Mapping[int, tuple[Known, ...]] = field(default_factory=dict)
    """By ticket: the names that its mails carry, which the customer's record need not know."""
    is_raw: bool = False

    def known_of(self, ticket: Ticket) -> tuple[Known, ...]:
        return self.known.get(ticket.customer_id or 0, ()) + self.named.get(ticket.pk, ())

    def known_of_all(self) -> tuple[Known, ...]:
        """For texts of several tickets that are shown as one conversation."""
        parts = (*self.known.values(), *self.named.values())
        return tuple(dict.fromkeys(value for known in parts for value in known))

    def over(self, ticket: Ticket) -> Lens:
        """For what is of this ticket alone."""
        return self.own.of(ticket.customer is not None and ticket.customer.is_minor)

    def lens_of(self, message: Message) -> Lens:
        """Pseudonyms stand in what came from outside only."""
        return self.lens if message.kind == MessageKind.CUSTOMER else self.lens.for_staff_texts

    def subject(self, ticket: Ticket) -> str:
        return self.line(ticket.subject, ticket, is_blind=ticket.subject_is_blind)

    def past_subject(self, subject: str, ticket: Ticket) -> str:
        """One that the ticket had. By whom it was typed is known of the last one alone."""
        if ticket.subject_is_blind and not self.over(ticket).is_raw:
            return HIDDEN
        return self.line(subject, ticket)

    def preview(self, ticket: Ticket) -> str:
        is_from_outside = ticket.preview_kind == MessageKind.CUSTOMER
        return self.line(ticket.preview, ticket, is_from_outside=is_from_outside, is_blind=ticket.preview_is_blind)

    def line(self, text: str, ticket: Ticket, *, is_from_outside: bool = True, is_blind: bool = False) -> str:
        """A line of text; one `is_blind` that was typed by somebody who sees the customer masked."""
        lens = self.over(ticket)
        if lens.is_raw or not text:
            return text
        known = () if is_blind else self.known_of(ticket)
        lens = lens if is_from_outside else lens.for_staff_texts
        return lens.text(without_broken_end(text, known), known=known)

    def customer_name(self, customer: Customer | None) -> str:
        """The name, or the handle that stands for it."""
        if customer is None:
            return ""
        return self.own.of(customer.is_minor).name(customer.name) if customer.name else self.handles[customer.pk]

    def address(self, address: str) -> str:
        """Our own mailboxes are nobody's personal data, and guests have a word instead of an id."""
        if alias := alias_of(address):
            return alias
        if self.is_raw or address_key(address) in own_addresses(vocabulary().channels.values()):
            return address
        return self.lens.email(address) if "@" in address else self.lens.handle(address)

    def person(self, name: str, address: str) -> str:
        """A name with its address, as a mail header shows it."""
        return f"{self.lens.name(name)} <{self.address(address)}>" if name else self.address(address)

    @property
    def shows_files(self) -> bool:
        return self.lens.opens_files


def view_of(
    actor: Actor,
    tickets: Sequence[Ticket],
    *,
    messages: Sequence[Message] | None = None,
    known: Mapping[int, tuple[Known, ...]] | None = None,
) -> View:
    """Loads what the lens must know about the tickets' customers; nothing for viewers who see everything raw.

    `messages` are all of the tickets', and `known` covers their customers, where the caller has read them already.
    """
    own = lens_for(actor)
    lens, masked = _strictest(own, tickets)
    if lens.is_raw:
        return View(lens=lens, own=own, handles=Handles(own, tickets), known={}, is_raw=True)
    customers = {ticket.customer.pk: ticket.customer for ticket in masked if ticket.customer is not None}
    return View(
        lens=lens,
        own=own,
        handles=Handles(own, tickets),
        known=known_by_customer(customers.values()) if known is None else known,
        named=_names_of(masked) if messages is None else _names_in(messages),
    )


def _strictest(own: Lens, tickets: Sequence[Ticket]) -> tuple[Lens, Sequence[Ticket]]:
    """The lens over them all, and those of which the viewer is not shown everything."""
    of_minors = [ticket for ticket in tickets if ticket.customer is not None and ticket.customer.is_minor]
    lens = own.of(bool(of_minors))
    return lens, of_minors if own.is_raw else tickets


def with_writers(view: View, messages: Iterable[Message]) -> View:
    """As strict as for a minor where one of them wrote into somebody else's ticket."""
    if view.lens is not view.own or view.own.sees_minors:
        return view
    if not any(message.customer is not None and message.customer.is_minor for message in messages):
        return view
    lens = view.own.of(is_minor=True)
    return replace(view, lens=lens, is_raw=lens.is_raw)


def known_of_others(view: View, messages: Iterable[Message]) -> tuple[Known, ...]:
    """Values of customers who wrote into a ticket that is not theirs."""
    if view.is_raw:
        return ()
    others = {
        message.customer.pk: message.customer
        for message in messages
        if message.customer is not None and message.customer_id not in view.known
    }
    return tuple(value for known in known_by_customer(others.values()).values() for value in known)


# By hand, as for the values known of customers: read into models it took ten times as long.
_MAILS = """
    SELECT id, ticket_id, sender_name, envelope FROM tickets_message
    WHERE ticket_id = ANY(%s) AND created >= %s AND kind = %s
"""


def _names_of(tickets: Sequence[Ticket]) -> dict[int, tuple[Known, ...]]:
    """`_names_in` all that customers wrote into the tickets."""
    if not tickets:
        return {}
    since = min(ticket.opened_at for ticket in tickets) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_MAILS, [[ticket.pk for ticket in tickets], since, MessageKind.CUSTOMER])
        rows = cursor.fetchall()
    return _by_ticket((ticket_id, _opened_names(pk, *sealed)) for pk, ticket_id, *sealed in rows)


def _names_in(messages: Iterable[Message]) -> dict[int, tuple[Known, ...]]:
    """Of senders and of who got a copy, by ticket."""
    return _by_ticket(
        (row.ticket_id, _names(row.sender_name, row.envelope)) for row in messages if row.kind == MessageKind.CUSTOMER
    )


def _by_ticket(rows: Iterable[tuple[int, tuple[Known, ...]]]) -> dict[int, tuple[Known, ...]]:
    found: dict[int, dict[Known, None]] = {}
    for ticket_id, known in rows:
        found.setdefault(ticket_id, {}).update(dict.fromkeys(known))
    return {pk: tuple(known) for pk, known in found.items()}


# A list shows the same tickets again and again.
@lru_cache(maxsize=4096)
def _opened_names(pk: int, sender_name: bytes, envelope: bytes) -> tuple[Known, ...]:
    fields = encrypted_fields(Message)
    return _names(fields["sender_name"].opened(sender_name, pk), fields["envelope"].opened(envelope, pk))


def _names(sender_name: str, envelope: Mapping[str, Any]) -> tuple[Known, ...]:
    names = (sender_name, *(name for name, _address in address_pairs(envelope.get("cc"))))
    return tuple((FieldClass.NAME, name) for name in names if name and "@" not in name)


def without_broken_end(text: str, known: Iterable[Known]) -> str:
    """A text that was cut at a fixed length, without the number, word or known value that the cut may have broken.

    A lens recognises whole values only: of the first nine digits of a phone number it would mask none.
    """
    if len(text) not in CUT_LENGTHS:
        return text
    text = _LAST_NUMBER.sub(" ", _LAST_WORD.sub("", text))
    for _kind, value in known:
        broken = next((end for end in range(len(value) - 1, 0, -1) if text.endswith(value[:end])), 0)
        if broken:
            return text[:-broken]
    return text
