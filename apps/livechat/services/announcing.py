"""What a visitor reads of what the desk does among itself: who they are being connected to, who comes and goes.

Never what is said there: a line holds a person's name and nothing else. Names of queues, vendors and the house are the
company's own business.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.accounts.models import User
from apps.channels.connectors.protocol.messages import note
from apps.livechat.models import ChatSession
from apps.livechat.selectors.line import public_name
from apps.livechat.services.sessions import locked_conversation

TRANSFERRED: Final = "chat.transferred"
JOINED: Final = "chat.joined"
LEFT: Final = "chat.left"


@transaction.atomic
def announce(ticket_id: int, event: str, user_id: int | None, *, key: str) -> None:
    """Once for its key, into the chats of the ticket that still run."""
    user = User.objects.filter(pk=user_id).first() if user_id else None
    for session in ChatSession.objects.open().of_ticket(ticket_id).order_by("conversation_id"):
        conversation = locked_conversation(session.conversation_id)
        name = public_name(user, conversation.channel) if user is not None else ""
        note(conversation, event, key=f"{event}:{key}", name=name)
