"""Reads that only a page of the desk needs, joined from lower apps' selectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.dateparse import parse_datetime

from apps.core.actor import Actor
from apps.customers.models import Customer
from apps.customers.selectors import family_ids
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.detail import TimelineEntry, message_entries
from apps.tickets.selectors.lists import TicketRow, ticket_rows, with_row_columns

TICKETS = 50
MESSAGES = 50


@dataclass(frozen=True, slots=True)
class CustomerTimeline:
    """The newest part, oldest first. `earlier` asks for what came before, and is empty at the beginning."""

    entries: tuple[TimelineEntry, ...]
    earlier: str


def customer_tickets(actor: Actor, customer: Customer) -> list[TicketRow]:
    """The tickets of a customer and of all records merged into them that the viewer sees, newest first."""
    visible = Ticket.objects.visible_to(actor).filter(customer_id__in=family_ids(customer))
    return ticket_rows(actor, list(with_row_columns(visible).order_by("-last_message_at", "-id")[:TICKETS]))


def customer_timeline(actor: Actor, customer: Customer, before: str | None = None) -> CustomerTimeline:
    """One timeline over all channels: every message of the tickets that the viewer sees."""
    visible = Ticket.objects.visible_to(actor).filter(customer_id__in=family_ids(customer), is_spam=False)
    tickets = {row.pk: row for row in visible.select_related("customer").order_by("-id")[: TICKETS * 4]}
    rows = Message.objects.filter(ticket_id__in=list(tickets)).select_related("author", "customer")
    moment = parse_datetime(before) if before else None
    if moment is not None:
        rows = rows.filter(created__lt=moment)
    newest = list(rows.order_by("-created", "-id")[: MESSAGES + 1])
    shown = list(reversed(newest[:MESSAGES]))
    if not shown:
        return CustomerTimeline((), "")
    return CustomerTimeline(_entries(actor, shown, tickets), _before(shown, has_more=len(newest) > MESSAGES))


def _entries(actor: Actor, shown: list[Message], tickets: dict[int, Ticket]) -> tuple[TimelineEntry, ...]:
    """All tickets are of one customer, so one lens serves; each entry keeps the number of its own ticket."""
    number_of = {message.pk: tickets[message.ticket_id].number for message in shown}
    entries = message_entries(actor, tickets[shown[-1].ticket_id], shown)
    return tuple(replace(entry, ticket_number=number_of[entry.id]) for entry in entries)


def _before(shown: list[Message], *, has_more: bool) -> str:
    oldest: datetime = shown[0].created
    return oldest.isoformat() if has_more else ""
