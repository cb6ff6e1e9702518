"""Chats that wait for somebody, and what their visitors are told meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Window

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


def newest_visit(conversation: ClientConversation) -> Any:
    """With `seen_ever`: up to which line of any visit a person has read."""
    rows = ChatSession.objects.filter(conversation=conversation).annotate(seen_ever=Window(Max("seen_sequence")))
    return rows.order_by("-id").first()


def progress_of(newest: Any, channel: Channel) -> Progress:
    """By the newest visit, None for who was never here."""
    return Progress(0, None) if newest is None else Progress(newest.seen_ever, standing(newest, channel))


def standing(session: ChatSession, channel: Channel) -> dict[str, Any] | None:
    """None where nobody sits and waits: what is over, or was a message from the beginning."""
    if not session.is_open or session.is_away:
        return None
    ticket = _ticket_of(session)
    if ticket is not None and (ticket.assignee is not None or ticket.waiting_since is None):
        return {"state": SERVED, "agent": public_name(ticket.assignee, channel)}
    return {
        "state": WAITING,
        "place": session.place,
        "minutes": session.wait_minutes,
        "may_leave": _may_leave(session, channel),
    }


def _ticket_of(session: ChatSession) -> Ticket | None:
    """None while the first line is on its way. Asked for often, so no more is read than is told."""
    contacts = Interaction.objects.filter(thread_key=session.thread_key)
    found = contacts.select_related("ticket__assignee", "ticket__merged_into__assignee").only(*_TOLD)
    contact = found.order_by("-id").first()
    return head_of(contact.ticket) if contact is not None else None


_TOLD: Final = (
    *("ticket__waiting_since", "ticket__assignee__display_name"),
    *("ticket__merged_into__waiting_since", "ticket__merged_into__assignee__display_name"),
)


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
