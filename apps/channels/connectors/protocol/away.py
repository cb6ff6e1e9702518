"""Telling the app's backend that something waits for a user whose app is not open, so that it can push a notice."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.channels.connectors.protocol.clients import guest_id
from apps.channels.connectors.protocol.messages import waiting
from apps.channels.events import AppMessageWaiting
from apps.channels.models import ClientConversation, ClientMessage, Delivery
from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.events import publish

BATCH: Final = 100


@transaction.atomic
def tell_who_is_away() -> int:
    """One event for all that came to a user within the grace. Which of several workers does it, the row decides."""
    due = (
        ClientConversation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(notify_at__lte=clock.now())
        .order_by("notify_at")[:BATCH]
    )
    conversations = list(due)
    for conversation in conversations:
        newest = waiting(conversation).order_by("-sequence").first()
        if newest is not None:
            _tell(conversation, newest)
        conversation.notify_at = None
        conversation.save(update_fields=["notify_at", "updated"])
    return len(conversations)


def _tell(conversation: ClientConversation, newest: ClientMessage) -> None:
    delivery = Delivery.objects.filter(client_key=newest.client_key).first()
    publish(
        AppMessageWaiting(
            channel_id=conversation.channel_id,
            ticket_id=delivery.ticket_id if delivery else None,
            message_id=delivery.message_id if delivery else None,
            app_user=conversation.user_id or guest_id(conversation),
            conversation=conversation.public_id,
            sequence=newest.sequence,
        ),
        by=SYSTEM,
    )
