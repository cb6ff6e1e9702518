"""How a viewer sees what hangs on a ticket: the lens with the customer's own known values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.customers.models import Customer
from apps.customers.selectors import known_by_customer
from apps.privacy.lens import Known, Lens, lens_for
from apps.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class View:
    """A viewer's lens over a set of tickets."""

    lens: Lens
    known: dict[int, tuple[Known, ...]]
    is_raw: bool = False

    def known_of(self, ticket: Ticket) -> tuple[Known, ...]:
        return self.known.get(ticket.customer_id or 0, ())

    def line(self, text: str, ticket: Ticket) -> str:
        """A subject or a preview."""
        return text if self.is_raw or not text else self.lens.text(text, known=self.known_of(ticket))

    def customer_name(self, customer: Customer | None) -> str:
        return self.lens.name(customer.name) if customer is not None and customer.name else ""

    def address(self, address: str) -> str:
        return self.lens.email(address) if "@" in address else self.lens.handle(address)

    def person(self, name: str, address: str) -> str:
        """A name with its address, as a mail header shows it."""
        return f"{self.lens.name(name)} <{self.address(address)}>" if name else self.address(address)

    @property
    def shows_files(self) -> bool:
        return self.lens.opens_files


def view_of(actor: Actor, tickets: Sequence[Ticket]) -> View:
    """Loads what the lens must know about the tickets' customers; nothing for viewers who see everything raw."""
    lens = lens_for(actor)
    customers = {ticket.customer.pk: ticket.customer for ticket in tickets if ticket.customer is not None}
    is_raw = lens.is_raw
    return View(lens=lens, known={} if is_raw else known_by_customer(customers.values()), is_raw=is_raw)


def initials(name: str) -> str:
    """One character for 王芳, two for Mary Smith."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1 or not words[0].isascii():
        return words[0][:1].upper()
    return (words[0][:1] + words[-1][:1]).upper()
