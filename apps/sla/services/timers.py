"""What a ticket's events do to its timers: in their order, each once, at the time when it happened.

Automatic replies and bounces neither start nor stop anything, and bots do not answer for people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from apps.core.events import EventBase
from apps.sla.enums import REPLIES, Target
from apps.sla.models import Course
from apps.sla.services.clockwork import Clockwork
from apps.tickets import events
from apps.tickets.enums import DONE, MessageKind, Status
from apps.tickets.models import Message, Ticket

RECORDED = "recorded"
"""The notice of what somebody wrote down of a call or a visit: whoever it came from, we spoke with the customer."""

DECIDING = frozenset({"priority", "category", "customer"})
"""Fields that policies ask about."""


@transaction.atomic
def take_event(*, ticket_id: int, event: EventBase, at: datetime, position: int) -> None:
    """An event that comes again, or one from before what was counted last, changes nothing."""
    ticket = Ticket.objects.locked().filter(pk=ticket_id).first()
    if ticket is None:
        return
    course = Course.objects.filter(pk=ticket_id).first()
    is_new = course is None
    course = course or Course(ticket=ticket)
    if position <= course.position:
        return
    course.position = position
    clockwork = Clockwork(ticket, course, at)
    if is_new:
        clockwork.choose_policy("opened")
    _TAKES[type(event)](clockwork, event)
    clockwork.save()


def _opened(clockwork: Clockwork, event: events.TicketOpened) -> None:
    clockwork.start(Target.RESOLUTION, min(clockwork.ticket.opened_at, clockwork.at))


def _received(clockwork: Clockwork, event: events.MessageReceived) -> None:
    message = _message(clockwork.ticket, event.sequence)
    if event.is_automatic or message is None or clockwork.ticket.is_spam:
        return
    if message.notice == RECORDED:
        clockwork.stop(REPLIES, message.created)
    else:
        clockwork.start_waiting(message.created)


def _sent(clockwork: Clockwork, event: events.MessageSent) -> None:
    message = _message(clockwork.ticket, event.sequence)
    if event.is_automatic or event.is_forward or message is None or message.kind != MessageKind.AGENT:
        return
    clockwork.stop(REPLIES, message.created, message_id=event.message_id)


def _undone(clockwork: Clockwork, event: events.MessageUndone) -> None:
    clockwork.take_back(event.message_id)


def _status(clockwork: Clockwork, event: events.TicketStatusChanged) -> None:
    if event.new in DONE:
        clockwork.stop([Target.RESOLUTION], clockwork.at)
        clockwork.cancel_replies(Status.RESOLVED)
        return
    if event.old in DONE:
        clockwork.reopen_resolution(event.reason or "reopened")
    clockwork.enter_status(event.new)


def _assigned(clockwork: Clockwork, event: events.TicketAssigned) -> None:
    if event.new_user_id is not None:
        clockwork.stop([Target.ANSWER], clockwork.at)
    if event.new_team_id != event.old_team_id:
        _choose(clockwork, "team")


def _field(clockwork: Clockwork, event: events.TicketFieldChanged) -> None:
    if event.field == "spam":
        if event.new:
            clockwork.cancel_all("spam")
        else:
            clockwork.restore("spam")
    elif event.field in DECIDING:
        _choose(clockwork, event.field)


def _choose(clockwork: Clockwork, reason: str) -> None:
    clockwork.choose_policy(reason)
    clockwork.begin_what_is_owed()


def _merged(clockwork: Clockwork, event: events.TicketMergedInto) -> None:
    clockwork.cancel_all("merged")


def _unmerged(clockwork: Clockwork, event: events.TicketUnmerged) -> None:
    clockwork.restore("merged")


_TAKES: Final[Mapping[type[EventBase], Callable[[Clockwork, Any], None]]] = {
    events.TicketOpened: _opened,
    events.MessageReceived: _received,
    events.MessageSent: _sent,
    events.MessageUndone: _undone,
    events.TicketStatusChanged: _status,
    events.TicketAssigned: _assigned,
    events.TicketFieldChanged: _field,
    events.TicketMergedInto: _merged,
    events.TicketUnmerged: _unmerged,
}
TAKEN: Final = frozenset(_TAKES)


def _message(ticket: Ticket, sequence: int) -> Message | None:
    rows = Message.objects.filter(ticket=ticket, sequence=sequence, created__gte=ticket.opened_at - timedelta(days=1))
    return rows.only("kind", "notice", "created").first()
