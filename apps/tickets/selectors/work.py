"""What kind of work a ticket is, by the channel that it came in on."""

from __future__ import annotations

from typing import Final

from apps.channels import registry
from apps.channels.errors import UnknownConnector
from apps.tickets.enums import WorkKind
from apps.tickets.models import Ticket

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
