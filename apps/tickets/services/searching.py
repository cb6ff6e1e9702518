"""What is written into the search table, in the transaction of the text itself."""

from __future__ import annotations

from datetime import datetime

from apps.core.inserting import insert
from apps.core.search import terms
from apps.tickets.models import Message, SearchRow, Ticket


def index_subject(ticket: Ticket, *, is_new: bool = False) -> None:
    """One row for a ticket's subject, under the negative id. Its place in time is the ticket's opening."""
    found = terms(ticket.subject)
    if not is_new:
        SearchRow.objects.filter(pk=-ticket.pk, created=ticket.opened_at).delete()
    if found:
        insert(search_row(-ticket.pk, ticket.opened_at, ticket, found))


def index_message(ticket: Ticket, message: Message) -> None:
    found = terms(message.text)
    if found:
        insert(search_row(message.pk, message.created, ticket, found))


def forget_message(message: Message) -> None:
    SearchRow.objects.filter(pk=message.pk, created=message.created).delete()


def search_row(pk: int, created: datetime, ticket: Ticket, found: set[int]) -> SearchRow:
    """The unsaved row, for loads in bulk."""
    return SearchRow(
        id=pk,
        created=created,
        ticket_id=ticket.pk,
        queue_id=ticket.queue_id,
        channel_id=ticket.channel_id,
        category_id=ticket.category_id,
        terms=sorted(found),
    )
