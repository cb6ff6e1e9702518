"""How a viewer sees what hangs on a ticket: the lens with the customer's own known values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.customers.enums import IdentityKind
from apps.customers.models import Customer, Identity
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens, lens_for
from apps.tickets.models import Ticket

NATIONAL_DIGITS = 11


def known_values(customers: Iterable[Customer]) -> dict[int, tuple[str, ...]]:
    """Names and handles of customers, by customer: they count as personal data wherever they occur. One query."""
    by_id = {customer.pk: customer for customer in customers}
    found: dict[int, list[str]] = {pk: [customer.name] for pk, customer in by_id.items() if customer.name}
    if by_id:
        for identity in Identity.objects.filter(customer_id__in=list(by_id)).only("customer_id", "kind", "value"):
            found.setdefault(identity.customer_id, []).extend(_spellings(identity))
    return {pk: tuple(values) for pk, values in found.items()}


def _spellings(identity: Identity) -> list[str]:
    """A phone number is stored international and mostly written national."""
    value = identity.value
    if identity.kind == IdentityKind.PHONE and len(value) > NATIONAL_DIGITS:
        return [value, value[-NATIONAL_DIGITS:]]
    return [value]


@dataclass(frozen=True, slots=True)
class View:
    """A viewer's lens over a set of tickets."""

    lens: Lens
    known: dict[int, tuple[str, ...]]

    def known_of(self, ticket: Ticket) -> tuple[str, ...]:
        return self.known.get(ticket.customer_id or 0, ())

    def line(self, text: str, ticket: Ticket) -> str:
        """A subject or a preview."""
        return text if self.lens.is_raw or not text else self.lens.text(text, known=self.known_of(ticket))

    def customer_name(self, customer: Customer | None) -> str:
        return self.lens.name(customer.name) if customer is not None and customer.name else ""

    @property
    def shows_files(self) -> bool:
        return self.lens.mode(FieldClass.FILE) == Mode.RAW


def view_of(actor: Actor, tickets: Sequence[Ticket]) -> View:
    """Loads what the lens must know about the tickets' customers; nothing for viewers who see everything raw."""
    lens = lens_for(actor)
    customers = {ticket.customer.pk: ticket.customer for ticket in tickets if ticket.customer is not None}
    return View(lens=lens, known={} if lens.is_raw else known_values(customers.values()))


def initials(name: str) -> str:
    """One character for 王芳, two for Mary Smith."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1 or not words[0].isascii():
        return words[0][:1].upper()
    return (words[0][:1] + words[-1][:1]).upper()
