"""Chats that run now: those of one agent, side by side, and those of a floor, for who supervises it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.permissions import require
from apps.livechat.models import ChatSession
from apps.livechat.querysets import ChatSessionQuerySet
from apps.tickets.enums import ACTIVE, MessageKind
from apps.tickets.models import Message, Ticket, Watcher
from apps.tickets.selectors.lists import TicketRow, ticket_rows, with_row_columns
from apps.tickets.selectors.whispers import open_whispers

ENDED_STAYS: Final = timedelta(minutes=30)
"""So long an ended chat stands among one's own, while its ticket is not done."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One chat. Personal data in `ticket` already went through the viewer's lens."""

    ticket: TicketRow
    is_open: bool
    started_at: datetime
    unread: int
    """Lines of the customer that the viewer has not read."""
    whisper: int
    """The sequence of what was whispered to the viewer and is still to be acted upon; 0 for nothing."""


def own_chats(actor: Actor) -> list[ChatRow]:
    """Those that somebody holds or helps with, in the order in which they began."""
    helped = Watcher.objects.filter(user_id=actor.user_id or 0, is_helper=True).values("ticket_id")
    mine = Q(interaction__ticket__assignee=actor.user_id) | Q(interaction__ticket__in=helped)
    going_on = Q(ended_at=None) | Q(ended_at__gte=now() - ENDED_STAYS, interaction__ticket__status__in=ACTIVE)
    return _rows(actor, ChatSession.objects.visible_to(actor).filter(mine & going_on, is_away=False))


def floor_chats(actor: Actor) -> list[ChatRow]:
    """Every running chat of the floor that somebody supervises, who waits longest first."""
    require(actor, "routing.supervise")
    rows = _rows(actor, supervised_chats(actor))
    moment = now()
    return sorted(rows, key=lambda row: row.ticket.waiting_since or moment)


def supervised_chats(actor: Actor) -> ChatSessionQuerySet:
    """Those that run. A vendor's supervisor looks after their own people, and what nobody holds yet; not after what the
    house does in the same queue.
    """
    rows = ChatSession.objects.visible_to(actor).open().filter(interaction__isnull=False, is_away=False)
    access = access_of(actor)
    if not access.is_outsourced:
        return rows
    own = Q(interaction__ticket__assignee__vendor_id=access.vendor_id or 0)
    return rows.filter(own | Q(interaction__ticket__assignee=None, interaction__ticket__is_kept_in_house=False))


def _rows(actor: Actor, found: ChatSessionQuerySet) -> list[ChatRow]:
    """One for each ticket: of two chats on it the newer one. Ordered by their beginnings."""
    rows = found.select_related("interaction").order_by("id")[:MOST]
    sessions = {row.interaction.ticket_id: row for row in rows if row.interaction is not None}
    visible = Ticket.objects.visible_to(actor).listed().filter(pk__in=list(sessions))
    tickets = list(with_row_columns(visible, actor))
    unread, whispers = _unread(tickets), open_whispers(tickets, actor.user_id or 0)
    by_id = {row.id: row for row in ticket_rows(actor, tickets)}
    return [
        ChatRow(by_id[pk], session.is_open, session.created, unread.get(pk, 0), whispers.get(pk, 0))
        for pk, session in sessions.items()
        if pk in by_id
    ]


def _unread(tickets: Iterable[Ticket]) -> dict[int, int]:
    """By ticket: how many lines of the customer came since the viewer looked."""
    wanted, since = Q(pk__in=()), now()
    for ticket in tickets:
        read_to = getattr(ticket, "read_to", None) or 0
        if ticket.message_count > read_to:
            wanted |= Q(ticket_id=ticket.pk, sequence__gt=read_to)
            since = min(since, ticket.opened_at)
    rows = Message.objects.filter(wanted, kind=MessageKind.CUSTOMER, created__gte=since - timedelta(days=1))
    return dict(rows.order_by().values("ticket_id").annotate(lines=Count("pk")).values_list("ticket_id", "lines"))
