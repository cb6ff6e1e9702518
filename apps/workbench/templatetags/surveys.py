"""What the ticket's page shows of customers' answers to surveys. Tickets that came another way cost nothing."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.accounts.middleware import actor_of
from apps.qa.enums import HIGHEST
from apps.qa.selectors.responses import ratings_of
from apps.tickets.selectors.detail import TicketPage, ticket_for
from apps.workbench.templatetags.chats import is_chat

register = template.Library()


@register.inclusion_tag("workbench/_ratings.html", takes_context=True)
def ratings_panel(context: Context, page: TicketPage) -> dict[str, Any]:
    if not is_chat(page.ticket.channel_id):
        return {}
    actor = actor_of(context["request"])
    return {"ratings": ratings_of(actor, ticket_for(actor, page.ticket.number)), "highest": HIGHEST}
