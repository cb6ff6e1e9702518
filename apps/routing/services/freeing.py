"""Work of people who are not there any more goes back to where it waited."""

from __future__ import annotations

from apps.accounts.models import User
from apps.routing.enums import Cause
from apps.tickets.enums import AssignmentState, WorkKind
from apps.tickets.models import Assignment
from apps.tickets.selectors.work import chat_is_over
from apps.tickets.services import offers

LIVE = (WorkKind.CHAT, WorkKind.CALL)
"""Where somebody waits at the other end this very minute. A mail waits for its agent to come back."""


def withdraw_offers(user: User) -> int:
    running = Assignment.objects.filter(user=user, state=AssignmentState.OFFERED).order_by("ticket_id")
    return sum(offers.withdraw_offer(offer=row) for row in running)


def free_live_work(user: User, cause: Cause) -> int:
    held = Assignment.objects.filter(user=user, state=AssignmentState.ACCEPTED, work_kind__in=LIVE)
    held = held.exclude(chat_is_over())
    return sum(offers.free_ticket(assignment=row, reason=cause.value) for row in held.order_by("ticket_id"))


def free_all_work(user: User, reason: str, *, limit: int) -> int:
    """Of who will not come back. In batches, since somebody may have held thousands of mails."""
    withdraw_offers(user)
    held = Assignment.objects.filter(user=user, state=AssignmentState.ACCEPTED).order_by("ticket_id")[:limit]
    return sum(offers.free_ticket(assignment=row, reason=reason) for row in held)
