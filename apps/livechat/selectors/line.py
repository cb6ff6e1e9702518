"""Chats that wait for somebody, and what their visitors are told meanwhile."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Max, Window

from apps.channels import registry
from apps.core.clock import now
from apps.livechat.models import ChatSession
from apps.routing.selectors.outlook import outlook_of_newcomer
from apps.sla.selectors.contact_options import Estimate
from apps.tickets.models import Interaction, Ticket
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.services.lifecycle import head_of

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.channels.models import Channel, ClientConversation

STEP: Final = 5
WAITING: Final = "waiting"
SERVED: Final = "served"


@dataclass(frozen=True, slots=True)
class Progress:
    """`seen` is the last line of the visitor's that a person has read; `chat` how the visit stands, None without one."""

    seen: int
    chat: dict[str, Any] | None


def is_full(channel: Channel) -> bool:
    """Whether as many wait as a manager lets. Of several who come at the same moment some may be one too many."""
    most = registry.get(channel.kind).setting(channel, "most_waiting")
    return most is not None and ChatSession.objects.waiting().filter(channel=channel).count() >= int(most)


def estimate(channel: Channel) -> Estimate | None:
    """For who has not chosen a channel yet. None where the line tells nothing, and past answers have to."""
    rule = vocabulary().rules.get(channel.pk)
    if rule is None or is_full(channel):
        return None
    waiting = ChatSession.objects.waiting().filter(interaction__isnull=False)
    tickets = set(waiting.values_list("interaction__ticket_id", flat=True))
    outlook = outlook_of_newcomer(tickets, queue_id=rule.queue_id, channel_id=channel.pk)
    if outlook is None or outlook.seconds is None:
        return None
    return Estimate(max(1, told_minutes(outlook.seconds)))


def told_minutes(seconds: float) -> int:
    """Whole ones, never less than what is expected; above ten nobody is told single ones."""
    minutes = math.ceil(seconds / 60)
    return minutes if minutes <= 2 * STEP else STEP * math.ceil(minutes / STEP)


def newest_visits(conversations: Sequence[ClientConversation]) -> dict[int, Any]:
    """By conversation, with `seen_ever`: up to which line of any visit a person has read."""
    seen_ever = Window(Max("seen_sequence"), partition_by=F("conversation_id"))
    rows = ChatSession.objects.filter(conversation__in=[row.pk for row in conversations]).defer("details")
    newest = rows.annotate(seen_ever=seen_ever).order_by("conversation_id", "-id").distinct("conversation_id")
    return {visit.conversation_id: visit for visit in newest}


def progress_of(conversations: Sequence[ClientConversation], visits: Mapping[int, Any]) -> dict[int, Progress]:
    """By conversation. As few statements for many as for one: all open pages ask it again and again."""
    tickets = _tickets_of(visit for visit in visits.values() if _is_live(visit))
    return {
        conversation.pk: _progress(visits.get(conversation.pk), tickets, conversation.channel)
        for conversation in conversations
    }


def _tickets_of(visits: Iterable[ChatSession]) -> dict[bytes, Ticket]:
    """By the key of the visit; nothing while the first line is on its way. No more is read than is told."""
    keys = [bytes(visit.thread_key) for visit in visits]
    if not keys:
        return {}
    contacts = Interaction.objects.filter(thread_key__in=keys).order_by("thread_key", "-id").distinct("thread_key")
    found = contacts.select_related("ticket__assignee", "ticket__merged_into__assignee").only("thread_key", *_TOLD)
    return {bytes(contact.thread_key): head_of(contact.ticket) for contact in found}


_TOLD: Final = (
    *("ticket__waiting_since", "ticket__assignee__display_name"),
    *("ticket__merged_into__waiting_since", "ticket__merged_into__assignee__display_name"),
)


def _progress(visit: Any, tickets: Mapping[bytes, Ticket], channel: Channel) -> Progress:
    if visit is None:
        return Progress(0, None)
    standing = _standing(visit, tickets.get(bytes(visit.thread_key)), channel) if _is_live(visit) else None
    return Progress(visit.seen_ever, standing)


def _is_live(visit: ChatSession) -> bool:
    """Whether somebody sits and waits: not where it is over, or was a message from the beginning."""
    return visit.is_open and not visit.is_away


def _standing(visit: ChatSession, ticket: Ticket | None, channel: Channel) -> dict[str, Any]:
    if ticket is not None and (ticket.assignee is not None or ticket.waiting_since is None):
        return {"state": SERVED, "agent": public_name(ticket.assignee, channel)}
    return {
        "state": WAITING,
        "place": visit.place,
        "minutes": visit.wait_minutes,
        "may_leave": _may_leave(visit, channel),
    }


def _may_leave(session: ChatSession, channel: Channel) -> bool:
    """Once the visitor has waited long, or will."""
    after = int(registry.get(channel.kind).setting(channel, "leave_after_seconds"))
    is_long = session.wait_minutes is not None and session.wait_minutes * 60 >= after
    return is_long or (now() - session.created).total_seconds() >= after


def public_name(user: User | None, channel: Channel) -> str:
    """As visitors may read it; "" for somebody without a name."""
    if user is None or not registry.get(channel.kind).setting(channel, "names_agents"):
        return ""
    return user.display_name
