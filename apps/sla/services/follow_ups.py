"""Work that came while nobody was there or free, and is found first.

Driven by events, which may come twice and late: what counts is how the ticket stands when one is seen.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.sla.errors import NeverOpens
from apps.sla.models import ChannelPolicy, FollowUp
from apps.sla.selectors import policy_of, timetable_for
from apps.sla.services.deadlines import tell_deadline
from apps.tickets.enums import ACTIVE
from apps.tickets.models import Ticket


@transaction.atomic
def note_message(*, ticket_id: int, channel_id: int, at: datetime, position: int) -> None:
    """A customer's message of `at`: makes a follow-up if nobody was there, and the ticket has none yet."""
    due_at = _due_at(channel_id, at)
    if due_at is None:
        return
    ticket = _locked(ticket_id)
    if ticket is None or not _waits(ticket) or _is_known(ticket_id, position):
        return
    FollowUp.objects.create(ticket_id=ticket_id, due_at=due_at, position=position)
    tell_deadline(ticket_id)


@transaction.atomic
def note_left(*, ticket_id: int, since: datetime, position: int) -> None:
    """Somebody waited in front of us since `since` and left a message: due at once, and as old as their waiting."""
    ticket = _locked(ticket_id)
    if ticket is None or not _waits(ticket) or _is_known(ticket_id, position):
        return
    if not FollowUp.objects.filter(ticket_id=ticket_id, due_at=since).exists():
        FollowUp.objects.create(ticket_id=ticket_id, due_at=since, position=position)
        tell_deadline(ticket_id)


@transaction.atomic
def note_wish(*, ticket_id: int, channel_id: int, at: datetime, position: int) -> None:
    """A customer asked to hear from us: due at once, or when work begins, also where messages make no follow-ups."""
    ticket = _locked(ticket_id)
    if ticket is None or not _waits(ticket) or _is_known(ticket_id, position):
        return
    FollowUp.objects.create(
        ticket_id=ticket_id, due_at=_work_begins(policy_of(channel_id), at) or at, position=position
    )
    tell_deadline(ticket_id)


@transaction.atomic
def settle(*, ticket_id: int) -> None:
    """Ends the follow-up of a ticket that waits for us no more; opens it again when the answer was taken back."""
    ticket = _locked(ticket_id)
    last = FollowUp.objects.filter(ticket_id=ticket_id).order_by("-position").first()
    if ticket is None or last is None:
        return
    is_open = _waits(ticket) and (last.done_at is None or _is_taken_back(ticket, last))
    if is_open == (last.done_at is None):
        return
    last.done_at = None if is_open else clock.now()
    last.save(update_fields=["done_at", "updated"])
    tell_deadline(ticket_id)


def _due_at(channel_id: int, at: datetime) -> datetime | None:
    """As `_work_begins`; None where the channel makes no follow-ups."""
    policy = policy_of(channel_id)
    return _work_begins(policy, at) if policy is not None and policy.makes_follow_ups else None


def _work_begins(policy: ChannelPolicy | None, at: datetime) -> datetime | None:
    """When work begins after `at`; None while there is work, or where nobody said when there is."""
    if policy is None:
        return None
    try:
        opens_at = timetable_for(policy).next_opening(at)
    except NeverOpens:
        return None
    return opens_at if opens_at > at else None


def _locked(ticket_id: int) -> Ticket | None:
    """The ticket first, the follow-up after it: everybody takes the two in this order."""
    return Ticket.objects.locked().filter(pk=ticket_id).first()


def _waits(ticket: Ticket) -> bool:
    return ticket.waiting_since is not None and ticket.status in ACTIVE and not ticket.is_merged and not ticket.is_spam


def _is_known(ticket_id: int, position: int) -> bool:
    """An open one covers what comes after it; one of this event or a later one was seen before."""
    rows = FollowUp.objects.filter(ticket_id=ticket_id)
    return rows.open().exists() or rows.filter(position__gte=position).exists()


def _is_taken_back(ticket: Ticket, last: FollowUp) -> bool:
    """Whether the customer waits since before the follow-up was made: then the answer that ended it is gone."""
    return ticket.waiting_since is not None and ticket.waiting_since <= last.created
