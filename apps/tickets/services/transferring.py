"""Handing a ticket on: to somebody, to a queue, or back to the house. One step, with all of its context."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.access import access_of
from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.enums import Status
from apps.tickets.errors import NotAssignable, NothingToTransfer, TransitionRefused
from apps.tickets.models import Message, Queue, Ticket, Watcher
from apps.tickets.rules import may_transfer
from apps.tickets.selectors.choices import queues_to_move
from apps.tickets.selectors.targets import can_get, house_works
from apps.tickets.selectors.uses import vendors_may_serve
from apps.tickets.services.assignment import hand_over
from apps.tickets.services.changing import lock_ticket, move_search_rows, next_version, save_ticket
from apps.tickets.services.lifecycle import move
from apps.tickets.services.messages.notes import leave_whisper
from apps.tickets.services.running import end_running
from apps.tickets.services.teams import require_allowed_person
from apps.tickets.services.timeline import MESSAGE_FIELDS

TAKEN_OVER = "taken_over"
WHISPER_LENGTH = 5_000
"""What forms and the API take; shorter than any note may be, since it is read in a hurry."""


@dataclass(frozen=True, slots=True)
class Target:
    """Exactly one of them."""

    user: User | None = None
    queue: Queue | None = None
    is_house: bool = False
    """Free in the queue where it lies, for people in-house."""

    def __post_init__(self) -> None:
        if [self.user is not None, self.queue is not None, self.is_house].count(True) != 1:
            raise TypeError("A transfer has one target.")


@transaction.atomic
def transfer_ticket(
    *,
    ticket: Ticket,
    to: Target,
    by: Actor,
    whisper: str = "",
    version: int | None = None,
    reason: str = "transferred",
    cause: str = "",
) -> Ticket:
    """Gives away what one holds, or with the permission for it what others hold. `whisper` is for whoever gets it.

    A vendor's people hand on within what their contract opens, and to the house.
    """
    ticket = lock_ticket(ticket, by=by, version=version, allow_closed=False)
    if not may_transfer(by, ticket):
        raise PermissionRefused
    if ticket.is_done:
        raise TransitionRefused(old=Status(ticket.status).label, new=Status.OPEN.label)
    _require_target(ticket, to, by)
    old_user_id, old_queue_id = ticket.assignee_id, ticket.queue_id
    note = leave_whisper(ticket, by, whisper) if whisper.strip() else None
    fields = _move(ticket, to, by)
    _tell(ticket, by, old_user_id, old_queue_id, note, reason, cause)
    save_ticket(ticket, dict.fromkeys([*fields, *MESSAGE_FIELDS]))
    return ticket


def _require_target(ticket: Ticket, to: Target, by: Actor) -> None:
    if to.user is not None:
        _require_person(ticket, to.user, by)
    elif to.queue is not None:
        _require_queue(ticket, to.queue, by)
    elif not house_works(ticket.queue_id) or (ticket.is_kept_in_house and ticket.assignee_id is None):
        raise NothingToTransfer(fields={"target": [NothingToTransfer.message]})


def _require_person(ticket: Ticket, user: User, by: Actor) -> None:
    """Whom of the house it goes to, the house decides: a vendor's people name their own colleagues alone."""
    access = access_of(by)
    if access.is_outsourced and user.vendor_id != access.vendor_id:
        raise NotVisible
    if user.pk == ticket.assignee_id:
        raise NothingToTransfer(fields={"target": [NothingToTransfer.message]})
    require_allowed_person(ticket, user)
    if not can_get(user, ticket, by):
        raise NotAssignable(fields={"target": [NotAssignable.message]})


def _require_queue(ticket: Ticket, queue: Queue, by: Actor) -> None:
    if queue.pk not in {choice.id for choice in queues_to_move(by)}:
        raise NotVisible
    if queue.pk == ticket.queue_id and ticket.assignee_id is None and not ticket.is_kept_in_house:
        raise NothingToTransfer(fields={"target": [NothingToTransfer.message]})


def _move(ticket: Ticket, to: Target, by: Actor) -> list[str]:
    """In memory, with the events of what changed; the columns to save."""
    ticket.is_kept_in_house = _stays(ticket, to)
    ticket.handed_over_at = (ticket.handed_over_at or now()) if ticket.is_kept_in_house else None
    fields = ["is_kept_in_house", "handed_over_at"]
    if to.user is None and ticket.assignee_id is None:
        end_running(ticket, now(), by)  # an offer of it, to somebody whom it may not concern any more
    if to.queue is not None and to.queue.pk != ticket.queue_id:
        fields += _change_queue(ticket, to.queue, by)
    else:
        fields += hand_over(ticket, to.user, by, is_transfer=True)
    if to.user is not None:  # who holds it does not help any more
        Watcher.objects.filter(ticket=ticket, user=to.user, is_helper=True).delete()
    elif ticket.status in (Status.PENDING, Status.ON_HOLD):  # else nobody would look at it before the customer writes
        fields += move(ticket, Status.OPEN, by=SYSTEM, reason="transferred")
    return fields


def _stays(ticket: Ticket, to: Target) -> bool:
    """Whether it is the house's from now on. What lies in a queue again is everybody's, as far as the customer allows it."""
    if to.user is not None:
        return not to.user.is_outsourced and ticket.is_kept_in_house
    return to.is_house or not vendors_may_serve(ticket)


def _change_queue(ticket: Ticket, queue: Queue, by: Actor) -> list[str]:
    """The team goes with the queue that it was for."""
    old, ticket.queue = ticket.queue_id, queue
    fields = hand_over(ticket, None, by, None, is_transfer=True)
    change = events.TicketFieldChanged(
        ticket_id=ticket.pk, field="queue", old=old, new=queue.pk, is_transfer=True, version=next_version(ticket)
    )
    publish(change, by=by)
    move_search_rows(ticket)
    return ["queue", *fields]


def _tell(
    ticket: Ticket,
    by: Actor,
    old_user_id: int | None,
    old_queue_id: int,
    note: Message | None,
    reason: str,
    cause: str,
) -> None:
    event = events.TicketTransferred(
        ticket_id=ticket.pk,
        old_user_id=old_user_id,
        new_user_id=ticket.assignee_id,
        old_queue_id=old_queue_id,
        new_queue_id=ticket.queue_id,
        is_kept_in_house=ticket.is_kept_in_house,
        message_id=note.pk if note is not None else None,
        reason=reason,
        cause=cause,
        version=next_version(ticket),
    )
    publish(event, by=by, customer_id=ticket.customer_id)
