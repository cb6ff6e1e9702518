"""Reacts to events: tells open screens that something changed, and partners how their cases stand.

Hints may be lost or doubled. What goes out is queued in the transaction that notes the event as handled, so once.
"""

from __future__ import annotations

from apps.channels.enums import DeliveryState
from apps.channels.events import DeliveryChanged
from apps.core import live
from apps.core.events import EventBase, subscriber
from apps.core.models import Event
from apps.tickets import events
from apps.tickets.enums import Status
from apps.tickets.groups import ticket_groups
from apps.tickets.models import Mention, Ticket, Watcher
from apps.tickets.services import fallback, states

TOLD = (
    events.TicketOpened.kind,
    events.TicketStatusChanged.kind,
    events.TicketAssigned.kind,
    events.TicketTransferred.kind,
    events.TicketFieldChanged.kind,
    events.TicketTagged.kind,
    events.TicketMergedInto.kind,
    events.TicketUnmerged.kind,
    events.TicketLinked.kind,
    events.TicketWatched.kind,
    events.TicketWrappedUp.kind,
    events.TicketColumnsChanged.kind,
    events.SenderBlocked.kind,
    events.MessageReceived.kind,
    events.MessageSent.kind,
    events.MessageNoted.kind,
    events.MessageRecorded.kind,
    events.MessageUndone.kind,
    "delivery.changed",
)


@subscriber("tickets.live", kinds=TOLD, from_start=False)
def hint_screens(row: Event, event: EventBase) -> None:
    """Ids and versions only: each screen then asks for what it may see."""
    columns = ("queue_id", "channel_id", "category_id", "assignee_id", "status", "closed_at", "version")
    ticket = Ticket.objects.only(*columns).filter(pk=row.ticket_id or 0).first()
    if ticket is None:
        return
    groups = {
        live.group("ticket", ticket.pk),
        *ticket_groups(ticket, _queues(ticket, event), _categories(ticket, event)),
    }
    groups.update(live.group("user", pk) for pk in _people(ticket, event))
    live.hint("ticket", ticket.pk, ticket.version, groups=groups, position=row.position)


def _queues(ticket: Ticket, event: EventBase) -> set[int]:
    """The ticket's queue, and the one it has just left."""
    return {ticket.queue_id, *_moved(event, "queue")}


def _categories(ticket: Ticket, event: EventBase) -> set[int]:
    return {pk for pk in (ticket.category_id, *_moved(event, "category")) if pk is not None}


def _moved(event: EventBase, field: str) -> tuple[int, ...]:
    if not isinstance(event, events.TicketFieldChanged) or event.field != field:
        return ()
    return tuple(pk for pk in (event.old, event.new) if isinstance(pk, int))


def _people(ticket: Ticket, event: EventBase) -> set[int]:
    """Who holds, held, watches or was mentioned: their lists change whatever queues they work."""
    found = {ticket.assignee_id or 0}
    if isinstance(event, events.TicketAssigned):
        found.update(pk or 0 for pk in (event.old_user_id, event.new_user_id))
    if isinstance(event, events.TicketWatched):
        found.add(event.user_id)
    found.update(Watcher.objects.filter(ticket=ticket).values_list("user_id", flat=True))
    found.update(Mention.objects.filter(ticket=ticket, seen_at__isnull=True).values_list("user_id", flat=True))
    return found - {0}


@subscriber("tickets.fallback", kinds=[DeliveryChanged], from_start=False, locks_tickets=True)
def stand_in(row: Event, event: DeliveryChanged) -> None:
    if event.state == DeliveryState.FAILED and event.failure in fallback.FAILURES:
        fallback.stand_in(delivery_id=event.delivery_id)


@subscriber(
    "tickets.states", kinds=[events.TicketOpened, events.TicketStatusChanged], from_start=False, locks_tickets=True
)
def tell_state(row: Event, event: events.TicketOpened | events.TicketStatusChanged) -> None:
    if isinstance(event, events.TicketOpened):
        states.tell_state(ticket_id=event.ticket_id, old=None, new=Status.NEW)
    else:
        states.tell_state(ticket_id=event.ticket_id, old=Status(event.old), new=Status(event.new))
