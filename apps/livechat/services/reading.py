"""A person on the desk has read what a visitor wrote."""

from __future__ import annotations

from typing import Any

from apps.channels.connectors.protocol.messages import tell_to_look
from apps.livechat.models import ChatSession
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket


def note_read(*, ticket: Ticket, sequence: int, **_more: Any) -> None:
    """Receives `ticket_read`. Read up to the message `sequence` of the ticket; told in numbers of the conversation."""
    session = ChatSession.objects.open().of_ticket(ticket.pk).select_related("conversation").order_by("-id").first()
    if session is None:
        return
    lines = Message.objects.filter(
        ticket_id=ticket.pk,
        kind=MessageKind.CUSTOMER,
        interaction__thread_key=session.thread_key,
        sequence__lte=sequence,
        created__gte=session.created,
    )
    newest = lines.order_by("-sequence").first()
    line = int(newest.envelope.get("line") or 0) if newest is not None else 0
    if ChatSession.objects.filter(pk=session.pk, seen_sequence__lt=line).update(seen_sequence=line):
        tell_to_look(session.conversation)
