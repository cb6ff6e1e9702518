"""Words left for whoever holds a ticket, until they have answered the customer since."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q

from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.timeline import WHISPER, TimelineEntry


def open_whisper(entries: Sequence[TimelineEntry]) -> TimelineEntry | None:
    """The newest one of somebody else that the viewer has not acted upon, of a timeline that they see."""
    for entry in reversed(entries):
        if entry.notice == WHISPER:
            return None if entry.is_own else entry
        if entry.kind == MessageKind.AGENT and entry.is_own:
            return None
    return None


def open_whispers(tickets: Collection[Ticket], user_id: int) -> dict[int, int]:
    """By ticket: the sequence of that one. The tickets were taken through `visible_to`."""
    if not tickets:
        return {}
    since = min(ticket.opened_at for ticket in tickets)
    telling = Q(notice=WHISPER) | Q(kind=MessageKind.AGENT, author_id=user_id)
    rows = Message.objects.filter(telling, ticket__in=tickets, created__gte=since).order_by("ticket_id", "-sequence")
    newest = rows.distinct("ticket_id").values_list("ticket_id", "sequence", "notice", "author_id")
    return {pk: sequence for pk, sequence, notice, author in newest if notice == WHISPER and author != user_id}
