"""That somebody types: true for seconds, kept in the cache alone, and no word of what is typed."""

from __future__ import annotations

from typing import Final

from django.core.cache import cache

from apps.channels.connectors.protocol.messages import HINTS
from apps.channels.models import ClientConversation
from apps.core import live
from apps.livechat.models import ChatSession
from apps.tickets.services.lifecycle import head_of

HINT: Final = "typing"
STAYS: Final = 8
AGAIN: Final = 3
"""Seconds between two hints about the same typing, however often it is said."""


def visitor_types(conversation: ClientConversation) -> None:
    rows = ChatSession.objects.open().select_related("interaction__ticket__merged_into")
    session = rows.filter(conversation=conversation, interaction__isnull=False).first()
    if session is None or session.interaction is None:
        return
    ticket_id = head_of(session.interaction.ticket).pk
    if cache.add(f"livechat.typing.told:{ticket_id}", True, AGAIN):
        cache.set(_key(ticket_id), True, STAYS)
        live.hint("presence", ticket_id, 0, groups=[live.group("ticket", ticket_id)])


def is_visitor_typing(ticket_id: int) -> bool:
    """The caller has checked that its viewer may see the ticket."""
    return bool(cache.get(_key(ticket_id)))


def agent_types(ticket_id: int) -> None:
    """The visitor's open pages hear that, and not who."""
    for pk in ChatSession.objects.open().of_ticket(ticket_id).values_list("conversation_id", flat=True):
        live.hint(HINT, pk, 0, groups=[HINTS])


def _key(ticket_id: int) -> str:
    return f"livechat.typing:{ticket_id}"
