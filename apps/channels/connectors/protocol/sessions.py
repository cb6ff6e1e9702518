"""What a client is told about itself, and which sites its pages may stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.channels.connectors.protocol import clients, files
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.connector import MAX_TEXT, ProtocolConnector, protocol_of
from apps.channels.connectors.protocol.errors import OriginRefused
from apps.channels.connectors.protocol.messages import News
from apps.channels.embedding import allowed_origins
from apps.channels.models import Channel, ClientConversation


def as_told(client: Client, conversation: ClientConversation | None = None) -> dict[str, Any]:
    """Who the client is, how far its conversation has come, and what it may send."""
    conversation = conversation or client.conversation
    return greeting(client, conversation, progress(client.channel, conversation))


def greeting(client: Client, conversation: ClientConversation, reached: dict[str, Any]) -> dict[str, Any]:
    """The same where it is known how far the conversation has come."""
    return {
        "user": {"id": client.user_id, "name": client.name, "is_guest": client.is_guest},
        "conversation": {"id": conversation.public_id, **reached},
        "expires_at": client.expires_at.isoformat() if client.expires_at else None,
        "limits": {
            "text": MAX_TEXT,
            "attachments": protocol_of(client.channel).capabilities.max_attachments,
            "file_bytes": files.max_bytes(client),
        },
    }


def progress(channel: Channel, conversation: ClientConversation) -> dict[str, Any]:
    return progress_of_all([(channel, conversation)])[conversation.pk]


def progress_of_all(asked: Iterable[tuple[Channel, ClientConversation]]) -> dict[int, dict[str, Any]]:
    """By conversation, with one question to each kind of channel."""
    by_kind: dict[ProtocolConnector, dict[int, ClientConversation]] = {}
    for channel, conversation in asked:
        conversation.channel = channel  # read already
        by_kind.setdefault(protocol_of(channel), {})[conversation.pk] = conversation
    return {
        pk: {
            "last_sequence": conversations[pk].last_sequence,
            "delivered": conversations[pk].delivered_sequence,
            "read": conversations[pk].read_sequence,
            **more,
        }
        for connector, conversations in by_kind.items()
        for pk, more in connector.progress(list(conversations.values())).items()
    }


def news_as_told(channel: Channel, news: News) -> dict[str, Any]:
    return {"messages": news.messages, "has_more": news.has_more, **progress(channel, news.conversation)}


def open_session(client: Client, guest_token: str) -> dict[str, Any]:
    """With the secret of a guest beside the user's own token, the guest becomes the user."""
    return as_told(client, clients.adopt_guest(client, guest_token) if guest_token else None)


def check_origin(channel: Channel, origin: str) -> None:
    """Apps send none. A browser's page must stand on a site that the channel names, or on ours."""
    if origin and not is_allowed(channel, origin):
        raise OriginRefused


def is_allowed(channel: Channel, origin: str) -> bool:
    site = urlsplit(settings.SITE_URL)
    return origin in {f"{site.scheme}://{site.netloc}", *allowed_origins(channel)}
