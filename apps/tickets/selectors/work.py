"""What kind of work a ticket is, by the channel that it came in on."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from apps.channels import registry
from apps.channels.errors import UnknownConnector
from apps.tickets.enums import WorkKind
from apps.tickets.models import Interaction, Ticket

_OF_CHANNEL: Final = {
    "chat": WorkKind.CHAT,
    "counter": WorkKind.COUNTER,
    "form": WorkKind.TICKET,
    "api": WorkKind.TICKET,
    "manual": WorkKind.TICKET,
}


def work_kind_of(ticket: Ticket) -> WorkKind:
    if ticket.channel is None:
        return WorkKind.TICKET
    return kind_of_channel(ticket.channel.kind)


def kind_of_channel(kind: str) -> WorkKind:
    """Where copies can be sent one writes letters, everywhere else one converses."""
    if kind in _OF_CHANNEL:
        return _OF_CHANNEL[kind]
    try:
        has_copies = registry.get(kind).capabilities.has_copies
    except UnknownConnector:
        return WorkKind.TICKET
    return WorkKind.MAIL if has_copies else WorkKind.MESSENGER


def chat_is_over() -> Q:
    """A condition on assignments: of chats of which nobody sits in front any more. On a merged ticket the others' count."""
    ended = _chats(ticket_id=OuterRef("ticket_id"), ended_at__isnull=False)
    running = _chats(ticket_id=OuterRef("ticket_id"), ended_at=None)
    running_on_merged = _chats(ticket__merged_into_id=OuterRef("ticket_id"), ended_at=None)
    return Q(work_kind=WorkKind.CHAT) & Q(Exists(ended), ~Exists(running), ~Exists(running_on_merged))


def _chats(**of: Any) -> Any:
    kinds = [kind for kind, work_kind in _OF_CHANNEL.items() if work_kind is WorkKind.CHAT]
    return Interaction.objects.filter(channel__kind__in=kinds, **of)
