"""A customer's tickets and their one timeline over all channels, as far as the viewer sees the tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.paging import paginate
from apps.customers.models import Customer
from apps.customers.selectors import family_ids
from apps.tickets.models import Message, Ticket
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.selectors.lists import TicketRow, ticket_rows, with_row_columns
from apps.tickets.selectors.reach import PERIOD, Reach, usual_reach
from apps.tickets.selectors.rendering import view_of
from apps.tickets.selectors.timeline import TimelineEntry, entries_of

MAX_TICKETS = 500
PAGE = 50
RECENT = 300


@dataclass(frozen=True, slots=True)
class CustomerTimeline:
    """One page, oldest first. `earlier` leads to the page before it."""

    entries: tuple[TimelineEntry, ...]
    earlier: str | None


def customer_tickets(actor: Actor, customer: Customer, limit: int = 50) -> list[TicketRow]:
    """Newest first, spam and merged ones left out."""
    rows = with_row_columns(_tickets(actor, customer).listed(), actor)
    return ticket_rows(actor, list(rows.order_by("-id")[:limit]))


def customer_timeline(actor: Actor, customer: Customer, before: str | None = None) -> CustomerTimeline:
    tickets = list(_tickets(actor, customer).select_related("customer").order_by("-id")[:MAX_TICKETS])
    if not tickets:
        return CustomerTimeline(entries=(), earlier=None)
    since = min(ticket.opened_at for ticket in tickets) - timedelta(days=1)
    rows = Message.objects.filter(ticket_id__in=[ticket.pk for ticket in tickets], created__gte=since)
    page = paginate(
        rows.shown_to(actor).select_related("author", "customer"), order=("-created", "-id"), cursor=before, size=PAGE
    )
    numbers = {ticket.pk: ticket.number for ticket in tickets}
    entries = entries_of(actor, tickets[0], view_of(actor, tickets), list(reversed(page.rows)), numbers)
    return CustomerTimeline(entries=tuple(entries), earlier=page.next_cursor)


def customer_reach(actor: Actor, customer: Customer) -> Reach | None:
    """By the newest messages of the tickets that the actor sees."""
    ids = _tickets(actor, customer).order_by("-id").values("pk")[:MAX_TICKETS]
    recent = Message.objects.filter(ticket_id__in=ids, created__gte=now() - PERIOD)
    newest = recent.order_by("-created", "-id").defer("html", "text", "quoted", "envelope", "subject")[:RECENT]
    return usual_reach(customer, list(reversed(newest)))


def _tickets(actor: Actor, customer: Customer) -> TicketQuerySet:
    return Ticket.objects.visible_to(actor).filter(customer_id__in=family_ids(customer))
