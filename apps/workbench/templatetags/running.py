"""One's own chats above the desk, and what was whispered to whoever holds a ticket."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.livechat.connector import ChatConnector
from apps.tickets.selectors.detail import TicketPage
from apps.tickets.selectors.timeline import TimelineEntry
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.selectors.whispers import open_whisper

register = template.Library()


@register.inclusion_tag("workbench/_chat_strip.html", takes_context=True)
def chat_strip(context: Context) -> dict[str, Any]:
    """Where tabs appear; they are asked for once the page stands. Without any chat channel it is not even there."""
    channels = vocabulary().channels.values()
    has_chats = any(channel.kind == ChatConnector.kind and channel.is_active for channel in channels)
    return {"is_shown": has_chats and "tickets.reply" in context["request"].actor.permissions}


@register.simple_tag
def whispered(page: TicketPage) -> TimelineEntry | None:
    """For whoever holds the ticket, or helps."""
    return open_whisper(page.timeline) if page.ticket.is_mine or page.ticket.is_helping else None
