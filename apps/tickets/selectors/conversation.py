"""What a customer may read of their ticket: what they and we wrote to each other, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from apps.core.clock import now
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.timeline import UNDONE

LINES = 50


@dataclass(frozen=True, slots=True)
class ConversationLine:
    is_ours: bool
    text: str
    created: datetime
    files: int


def conversation_lines(ticket: Ticket) -> list[ConversationLine]:
    """The newest lines, oldest first, as they were written: the reader is the customer.

    No notes, no contacts written down by hand, nothing of or to third persons, and nothing that may still be taken back.
    """
    public = Message.objects.of_ticket(ticket).filter(kind__in=(MessageKind.CUSTOMER, MessageKind.AGENT))
    settled = ~Q(kind=MessageKind.AGENT) | Q(created__lte=now() - timedelta(seconds=settings.TICKETS_UNDO_SECONDS))
    rows = public.filter(settled, is_third_person=False, is_automatic=False).exclude(notice__in=(UNDONE, "recorded"))
    newest = [row for row in rows.order_by("-sequence")[: 2 * LINES] if not row.envelope.get("is_forward")][:LINES]
    return [
        ConversationLine(row.kind == MessageKind.AGENT, row.text, row.created, row.attachment_count)
        for row in reversed(newest)
    ]
