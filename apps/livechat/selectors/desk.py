"""What the desk shows of a chat beside its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.actor import Actor
from apps.livechat.answers import CAMPAIGN
from apps.livechat.models import ChatSession
from apps.tickets.models import Ticket
from apps.tickets.selectors.rendering import view_of


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """As the viewer may see it: what stands in addresses and titles may be about the customer."""

    is_open: bool
    is_away: bool
    is_left: bool
    title: str
    address: str
    referrer: str
    campaign: Sequence[str]


def newest_chat(actor: Actor, ticket: Ticket) -> ChatSession | None:
    return ChatSession.objects.visible_to(actor).of_ticket(ticket.pk).order_by("-id").first()


def chat_facts(actor: Actor, ticket: Ticket) -> ChatFacts | None:
    """Of the newest chat on a ticket, or on one that was merged into it."""
    session = newest_chat(actor, ticket)
    if session is None:
        return None
    page, view = session.details.get("page", {}), view_of(actor, [ticket])
    told = {name: view.line(text, ticket) for name, text in page.items()}
    return ChatFacts(
        is_open=session.is_open,
        is_away=session.is_away,
        is_left=session.left_at is not None,
        title=told.get("title", ""),
        address=told.get("address", ""),
        referrer=told.get("referrer", ""),
        campaign=[told[name] for name in CAMPAIGN if name in told],
    )
