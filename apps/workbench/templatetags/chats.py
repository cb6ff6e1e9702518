"""What the ticket's page shows of a chat. Tickets that came another way cost nothing."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.accounts.middleware import actor_of
from apps.livechat.connector import ChatConnector
from apps.livechat.selectors.desk import chat_facts
from apps.tickets.selectors.detail import TicketPage, ticket_for
from apps.tickets.selectors.vocabulary import vocabulary

register = template.Library()


@register.inclusion_tag("workbench/_chat.html", takes_context=True)
def chat_panel(context: Context, page: TicketPage) -> dict[str, Any]:
    if not is_chat(page.ticket.channel_id):
        return {}
    actor = actor_of(context["request"])
    return {"page": page, "chat": chat_facts(actor, ticket_for(actor, page.ticket.number))}


@register.filter
def is_chat(channel_id: int | None) -> bool:
    channel = vocabulary().channels.get(channel_id or 0)
    return channel is not None and channel.kind == ChatConnector.kind
