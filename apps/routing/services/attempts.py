"""Counts what vendors tried without success, and brings home what failed too often. Called once or many times for the same
event, it counts once: the ticket is locked, and what told of an attempt is kept with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.accounts.models import User
from apps.core.actor import SYSTEM
from apps.core.events import publish
from apps.core.models import Event
from apps.routing.enums import Failure
from apps.routing.events import TicketCameInHouse
from apps.routing.models import RoutingQueue, VendorAttempt
from apps.routing.services.freeing import LIVE
from apps.tickets.enums import RUNNING, AssignmentState, DecisionKind, MessageKind
from apps.tickets.models import Assignment, Message, Ticket
from apps.tickets.selectors.reviews import is_left_alone
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services import offers
from apps.tickets.services.assignment import assign_ticket


def customer_wrote(*, ticket_id: int, sequence: int, told_by: Event) -> None:
    """After a reply of a vendor that should have been the last word. Who chats live has not failed by going on."""
    ticket = _locked(ticket_id)
    if ticket is not None and work_kind_of(ticket) not in LIVE:
        _count_reply(ticket, Failure.WROTE_AGAIN, told_by, sequence__lt=sequence)


def ticket_reopened(*, ticket_id: int, told_by: Event) -> None:
    ticket = _locked(ticket_id)
    if ticket is not None:
        _count_reply(ticket, Failure.REOPENED, told_by, created__lte=told_by.created)


def ticket_left(*, ticket_id: int, old_user_id: int, new_user_id: int | None, told_by: Event) -> None:
    """The vendor's people gave back unsolved what one of them had accepted. Within the vendor it is still being tried;
    what the house or the system takes from them was not given back.
    """
    ticket = _locked(ticket_id)
    people = User.objects.in_bulk([pk for pk in (old_user_id, new_user_id, told_by.actor_user_id) if pk])
    old, new, by = (people.get(pk or 0) for pk in (old_user_id, new_user_id, told_by.actor_user_id))
    if ticket is None or ticket.is_done or old is None or old.vendor_id is None:
        return
    is_given = by is not None and by.vendor_id == old.vendor_id and (new is None or new.vendor_id != old.vendor_id)
    if is_given and _had_accepted(ticket, old, told_by.created):
        _count(ticket, old, Failure.RETURNED, told_by)


def _locked(ticket_id: int) -> Ticket | None:
    """Where vendors and the house share a queue; nowhere else an attempt means anything."""
    shared = Ticket.objects.filter(queue__routing__is_hybrid=True, merged_into__isnull=True)
    return shared.locked().select_related("channel").filter(pk=ticket_id).first()


def _count_reply(ticket: Ticket, failure: Failure, told_by: Event, **before: Any) -> None:
    replies = Message.objects.of_ticket(ticket).filter(kind=MessageKind.AGENT, is_automatic=False, **before)
    reply = replies.select_related("author").order_by("-sequence").first()
    if reply is not None and reply.author is not None and reply.author.vendor_id is not None:
        _count(ticket, reply.author, failure, told_by, message_id=reply.pk)


def _had_accepted(ticket: Ticket, user: User, until: datetime) -> bool:
    """Whether it was ever offered to them and theirs, also when they hold it once more since it was opened again."""
    offered = Assignment.objects.filter(ticket=ticket, user=user, offered_at__isnull=False)
    return offered.filter(started_at__lte=until).exists()


def _count(ticket: Ticket, user: User, failure: Failure, told_by: Event, message_id: int | None = None) -> None:
    known = Q(event_id=told_by.pk)
    if message_id is not None:
        known |= Q(message_id=message_id)
    if VendorAttempt.objects.filter(known, ticket=ticket).exists():
        return
    VendorAttempt.objects.create(
        ticket=ticket,
        user=user,
        vendor_id=user.vendor_id or 0,
        failure=failure,
        event_id=told_by.pk,
        message_id=message_id,
        created=told_by.created,
    )
    _bring_home(ticket, user, failure)


def _bring_home(ticket: Ticket, user: User, failure: Failure) -> None:
    """Once enough attempts failed, no vendor holds it any more and the house is asked."""
    routing = RoutingQueue.objects.filter(queue_id=ticket.queue_id, is_automatic=True).first()
    attempts = VendorAttempt.objects.filter(ticket=ticket).count()
    if routing is None or attempts < routing.failed_attempts or ticket.is_done:
        return
    if is_left_alone(ticket.pk, DecisionKind.ROUTING):
        return
    _take_from_vendor(ticket)
    publish(
        TicketCameInHouse(ticket_id=ticket.pk, user_id=user.pk, attempts=attempts, failure=failure.value),
        by=SYSTEM,
        customer_id=ticket.customer_id,
    )


def _take_from_vendor(ticket: Ticket) -> None:
    for row in Assignment.objects.filter(ticket=ticket, state__in=RUNNING, user__vendor__isnull=False):
        if row.state == AssignmentState.OFFERED:
            offers.withdraw_offer(offer=row)
        else:
            assign_ticket(ticket=ticket, to=None, by=SYSTEM)
