"""Lines of the visitor's log that say who is there: they stand in it for ever, on every page of the visitor's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.accounts.models import User
from apps.channels.connectors.protocol.messages import answers, note
from apps.channels.models import ClientConversation
from apps.livechat.models import ChatSession
from apps.livechat.selectors.line import public_name
from apps.livechat.services.sessions import locked_conversation

HERE: Final = "chat.here"
SOUGHT: Final = "chat.sought"


@transaction.atomic
def tell_here(ticket_id: int, user_id: int, *, at: datetime, key: str) -> None:
    """Somebody took the chat. Who has answered since needs no announcement any more."""
    holder = User.objects.filter(pk=user_id).first()
    for conversation in _conversations(ticket_id):
        if not _is_answered(conversation, at):
            name = public_name(holder, conversation.channel)
            note(conversation, HERE, key=f"{HERE}:{key}", name=name)


@transaction.atomic
def tell_sought(ticket_id: int, *, key: str) -> None:
    """Whoever had the chat is gone, and it waits again."""
    for conversation in _conversations(ticket_id):
        note(conversation, SOUGHT, key=f"{SOUGHT}:{key}")


def _conversations(ticket_id: int) -> Iterator[ClientConversation]:
    """Of the chats that still run, each locked."""
    rows = ChatSession.objects.open().of_ticket(ticket_id).filter(is_away=False).order_by("conversation_id")
    for row in rows:
        conversation = locked_conversation(row.conversation_id)
        if ChatSession.objects.open().filter(pk=row.pk).exists():
            yield conversation


def _is_answered(conversation: ClientConversation, since: datetime) -> bool:
    return any(not line.content.get("is_automatic") for line in answers(conversation).filter(created__gte=since))
