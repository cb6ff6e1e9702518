"""How far somebody has read."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.tickets.models import Mention, ReadMark, Ticket
from apps.tickets.services.timeline import mark_read_to
from apps.tickets.signals import ticket_read


@transaction.atomic
def mark_read(*, ticket: Ticket, by: Actor, sequence: int | None = None) -> None:
    """Read up to `sequence`, or all; never backwards. Mentions on the ticket count as seen. Who only looks has read
    nothing.
    """
    if by.user_id is None or by.reads_only:
        return
    row = Ticket.objects.visible_to(by).only("message_count").filter(pk=ticket.pk).first()
    if row is None:
        raise NotVisible
    upto = row.message_count if sequence is None else min(sequence, row.message_count)
    if not ReadMark.objects.filter(ticket=row, user_id=by.user_id, sequence__gte=upto).exists():
        mark_read_to(row, by.user_id, upto)
        ticket_read.send(sender=Ticket, ticket=row, sequence=upto)
    Mention.objects.filter(ticket=row, user_id=by.user_id, seen_at__isnull=True).update(seen_at=now())


@transaction.atomic
def mark_unread(*, ticket: Ticket, by: Actor) -> None:
    """Puts the last message back among the unread."""
    row = Ticket.objects.visible_to(by).only("message_count").filter(pk=ticket.pk).first()
    if row is None or by.user_id is None:
        raise NotVisible
    mark_read_to(row, by.user_id, max(0, row.message_count - 1))
