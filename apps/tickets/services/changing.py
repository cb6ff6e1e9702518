"""How every write to a ticket begins and ends: lock, look, check; save, count the version up."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from apps.core.actor import Actor
from apps.core.errors import NotVisible, StaleVersion
from apps.core.permissions import require
from apps.tickets.enums import Status
from apps.tickets.errors import TicketClosed, TicketMerged
from apps.tickets.models import SearchRow, Ticket
from apps.tickets.selectors.history import changes_since


def lock_ticket(
    ticket: Ticket,
    *,
    by: Actor,
    code: str = "",
    version: int | None = None,
    allow_merged: bool = False,
    allow_closed: bool = True,
) -> Ticket:
    """The ticket's row, locked until the transaction ends, as `by` may see it. Raises what stands in the way.

    `version` is what the caller's screen showed; StaleVersion tells which edits came in between. A message that came
    in between is no reason to refuse an edit.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_ticket() belongs into the transaction of a service.")
    row = Ticket.objects.visible_to(by).locked().filter(pk=ticket.pk).first()
    if row is None:
        raise NotVisible
    if code:
        require(by, code, row)
    if row.merged_into is not None and not allow_merged:
        raise TicketMerged(number=row.number, into=row.merged_into.number)
    if version is not None and version < row.version and (changes := changes_since(row, version, by)):
        raise StaleVersion(changes=changes)
    if row.status == Status.CLOSED and not allow_closed:
        raise TicketClosed(number=row.number)
    return row


def lock_pair(one: Ticket, other: Ticket, *, by: Actor, code: str) -> tuple[Ticket, Ticket]:
    """Both, always in the order of their ids, so that two who join the same tickets never wait for each other."""
    ordered = sorted((one, other), key=lambda ticket: ticket.pk)
    rows = {row.pk: lock_ticket(row, by=by, code=code, allow_merged=True) for row in ordered}
    return rows[one.pk], rows[other.pk]


def save_ticket(ticket: Ticket, fields: Iterable[str]) -> None:
    """Saves the named fields of a locked row under its next version."""
    ticket.save_versioned(update_fields=fields)


def next_version(ticket: Ticket) -> int:
    """The version that the edit under way will have; events of the same transaction carry it."""
    return ticket.version + 1


def move_search_rows(ticket: Ticket) -> None:
    """The scope columns of the search table move with the ticket, in its transaction."""
    SearchRow.objects.filter(ticket_id=ticket.pk).update(
        queue_id=ticket.queue_id, channel_id=ticket.channel_id, category_id=ticket.category_id
    )
