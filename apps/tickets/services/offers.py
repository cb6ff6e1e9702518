"""Offers of work: made to one agent for some seconds, then accepted by exactly them, or gone on from.

Whoever changes an offer holds the ticket's row first, so that an answer, the clock and somebody who simply takes the
ticket come one after the other. Who decides whom to offer what is routing's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.core.inserting import copy_rows
from apps.core.models.expressions import any_of
from apps.core.permissions import require
from apps.tickets import events
from apps.tickets.enums import DONE, RUNNING, AssignmentState, DecisionKind
from apps.tickets.errors import AlreadyClaimed, AlreadyOffered, NotAssignable, OfferGone, TicketClosed
from apps.tickets.models import Assignment, DecisionReview, Ticket
from apps.tickets.selectors.choices import can_work
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.assignment import assign_ticket, take
from apps.tickets.services.changing import lock_ticket
from apps.tickets.services.running import end, tell_offer, tell_offers
from apps.tickets.services.teams import require_cleared

BATCH = 100
Explanation = Sequence[tuple[str, dict[str, Any]]]

_ASKED_ABOUT = (
    *("queue_id", "team_id", "assignee_id", "status", "closed_at"),
    *("category_id", "channel_id", "channel__kind"),
)
"""Of a free ticket, by whoever offers it: whole rows of hundreds cost more than the offers."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What routing would offer: a free ticket that it has locked, to somebody whose access was read since."""

    ticket: Ticket
    to: Actor
    seconds: int
    explanation: Explanation = ()


def lock_free_tickets(ticket_ids: Iterable[int]) -> dict[int, Ticket]:
    """Those of the tickets that may be offered, locked. One that somebody is writing to right now is left out."""
    rows = Ticket.objects.listed().filter(any_of("id", ticket_ids), assignee__isnull=True).exclude(status__in=DONE)
    rows = rows.only(*_ASKED_ABOUT).select_related("channel").order_by("pk")
    locked = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True, skip_locked=True)}
    running = (
        Assignment.objects.filter(any_of("ticket_id", locked), state__in=RUNNING).order_by().values_list("ticket_id")
    )
    guarded = DecisionReview.objects.guarding(DecisionKind.ROUTING).filter(any_of("ticket_id", locked))
    for (taken,) in running.union(guarded.order_by().values_list("ticket_id")):
        locked.pop(taken, None)
    return locked


@transaction.atomic
def offer_tickets(proposals: Sequence[Proposal]) -> list[Assignment]:
    """Offers many at once, in the system's name. What is out of somebody's reach by now is left out."""
    moment = now()
    rows = [
        _offer(each.ticket, each.to.user, each.seconds, moment, SYSTEM, each.explanation)
        for each in proposals
        if each.to.user is not None and can_work(each.to.user, each.ticket, each.to)
    ]
    copy_rows(rows)
    tell_offers(rows, events.OfferMade, SYSTEM)
    return rows


def _offer(ticket: Ticket, to: User, seconds: int, moment: datetime, by: Actor, explanation: Explanation) -> Assignment:
    return Assignment(
        ticket=ticket,
        user=to,
        team_id=ticket.team_id,
        state=AssignmentState.OFFERED,
        work_kind=work_kind_of(ticket),
        assigned_by=by.user,
        offered_at=moment,
        expires_at=moment + timedelta(seconds=seconds),
        explanation=[list(reason) for reason in explanation],
    )


@transaction.atomic
def offer_ticket(
    *, ticket: Ticket, to: User, seconds: int, by: Actor = SYSTEM, explanation: Explanation = ()
) -> Assignment:
    """Offers a free ticket to somebody who could work on it. One offer at a time, however many offer at once."""
    ticket = lock_ticket(ticket, by=by, code="tickets.assign_others", allow_closed=False)
    _require_free(ticket)
    if not can_work(to, ticket):
        raise NotAssignable(fields={"assignee": [NotAssignable.message]})
    require_cleared(to)
    row = _offer(ticket, to, seconds, now(), by, explanation)
    row.save(force_insert=True)
    tell_offer(row, events.OfferMade, by)
    return row


def _require_free(ticket: Ticket) -> None:
    if ticket.assignee is not None:
        raise AlreadyClaimed(name=str(ticket.assignee))
    if ticket.status in DONE or ticket.is_spam:
        raise TicketClosed(number=ticket.number)
    if Assignment.objects.filter(ticket=ticket, state__in=RUNNING).exists():
        raise AlreadyOffered


@transaction.atomic
def accept_offer(*, offer: Assignment, by: Actor) -> Ticket:
    """The ticket becomes theirs. Twice is once; after the end it is gone, whether the clock has been by or not."""
    ticket, row = _lock_own(offer, by)
    if row.state == AssignmentState.ACCEPTED and ticket.assignee_id == by.user_id:
        return ticket
    _require_open(row)
    require(by, "tickets.assign", ticket)
    require_cleared(row.user)
    take(ticket, row.user, by)
    return ticket


@transaction.atomic
def decline_offer(*, offer: Assignment, by: Actor) -> None:
    """It goes on to somebody else, and is not offered to them again while others can."""
    _ticket, row = _lock_own(offer, by)
    if row.state == AssignmentState.DECLINED:
        return
    _require_open(row)
    end(row, AssignmentState.DECLINED, now(), by)


def _lock_own(offer: Assignment, by: Actor) -> tuple[Ticket, Assignment]:
    """An offer is its agent's alone. Seen by them even if the ticket has left their sight meanwhile: it is then gone."""
    if by.user_id is None or offer.user_id != by.user_id:
        raise NotVisible
    ticket = Ticket.objects.visible_to(by).locked().filter(pk=offer.ticket_id).first()
    if ticket is None or ticket.is_merged:
        raise OfferGone
    return ticket, Assignment.objects.select_related("user").get(pk=offer.pk)


def _require_open(row: Assignment) -> None:
    if row.state != AssignmentState.OFFERED or (row.expires_at is not None and row.expires_at <= now()):
        raise OfferGone


def expire_offers() -> int:
    """Offers whose time is over. A ticket that somebody is writing to right now is left for the next look."""
    due = Assignment.objects.filter(state=AssignmentState.OFFERED, expires_at__lte=now()).order_by("expires_at")
    return sum(
        _end_offer(pk, AssignmentState.MISSED, skip_locked=True) for pk in due.values_list("pk", flat=True)[:BATCH]
    )


def withdraw_offer(*, offer: Assignment) -> bool:
    """Takes an offer back, because its agent is not there any more. Says whether it was still open."""
    return _end_offer(offer.pk, AssignmentState.WITHDRAWN)


@transaction.atomic
def _end_offer(pk: int, state: AssignmentState, *, skip_locked: bool = False) -> bool:
    ticket_id = Assignment.objects.filter(pk=pk).values("ticket_id")
    rows = Ticket.objects.filter(pk__in=ticket_id)
    if rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).first() is None:
        return False
    row = Assignment.objects.filter(pk=pk, state=AssignmentState.OFFERED).first()
    if row is None:
        return False
    end(row, state, now(), SYSTEM)
    return True


@transaction.atomic
def free_ticket(*, assignment: Assignment, reason: str) -> bool:
    """Takes a ticket from somebody who is gone, back to where it waits. Says whether they still held it."""
    ticket = Ticket.objects.locked().filter(pk=assignment.ticket_id).first()
    if ticket is None or ticket.assignee_id != assignment.user_id or ticket.is_done or ticket.is_merged:
        return False
    assign_ticket(ticket=ticket, to=None, by=SYSTEM)
    publish(
        events.WorkFreed(
            ticket_id=ticket.pk, user_id=assignment.user_id, work_kind=assignment.work_kind, reason=reason
        ),
        by=SYSTEM,
    )
    return True
