"""Reacts to tickets' events. Idempotent: an event may come again."""

from __future__ import annotations

from apps.core.events import EventBase, subscriber
from apps.core.models import Event
from apps.sla.services import follow_ups, timers
from apps.sla.services.watching import COUNTER
from apps.tickets import events

ENDS = (
    events.MessageSent.kind,
    events.MessageUndone.kind,
    events.TicketStatusChanged.kind,
    events.TicketFieldChanged.kind,
    events.TicketMergedInto.kind,
    events.TicketUnmerged.kind,
)


@subscriber("sla.follow_ups", kinds=[events.MessageReceived.kind, *ENDS], from_start=False, locks_tickets=True)
def follow_up(row: Event, event: EventBase) -> None:
    if not isinstance(event, events.MessageReceived):
        if row.ticket_id is not None and _may_end(event):
            follow_ups.settle(ticket_id=row.ticket_id)
    elif event.channel_id is not None and not event.is_automatic:
        follow_ups.note_message(
            ticket_id=event.ticket_id, channel_id=event.channel_id, at=row.created, position=row.position or 0
        )


def _may_end(event: EventBase) -> bool:
    return not isinstance(event, events.TicketFieldChanged) or event.field == "spam"


@subscriber(COUNTER, kinds=timers.TAKEN, from_start=False, locks_tickets=True)
def count_time(row: Event, event: EventBase) -> None:
    if row.ticket_id is not None:
        timers.take_event(ticket_id=row.ticket_id, event=event, at=row.created, position=row.position or 0)
