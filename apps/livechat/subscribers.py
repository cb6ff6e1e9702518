"""Reacts to what happens on the desk. Idempotent: an event may come again."""

from __future__ import annotations

from apps.core.actor import SYSTEM
from apps.core.events import subscriber
from apps.core.models import Event
from apps.livechat.services import announcing, holders, sessions
from apps.livechat.services.reading import note_read
from apps.tickets import events
from apps.tickets.enums import DONE
from apps.tickets.signals import ticket_read

ticket_read.connect(note_read, dispatch_uid="livechat.read")


@subscriber("livechat.arrivals", kinds=[events.MessageReceived], from_start=False, locks_tickets=True)
def note_arrival(row: Event, event: events.MessageReceived) -> None:
    if event.interaction_id is not None:
        sessions.note_arrival(
            interaction_id=event.interaction_id, ticket_id=event.ticket_id, position=row.position or 0
        )


@subscriber("livechat.holders", kinds=[events.TicketAssigned, events.WorkFreed], from_start=False, locks_tickets=True)
def tell_who_is_here(row: Event, event: events.TicketAssigned | events.WorkFreed) -> None:
    if isinstance(event, events.WorkFreed):
        holders.tell_sought(event.ticket_id, key=str(row.pk))
    elif event.old_user_id is None and event.new_user_id is not None:
        holders.tell_here(event.ticket_id, event.new_user_id, at=row.created, key=str(row.pk))


@subscriber("livechat.transfers", kinds=[events.TicketTransferred], from_start=False, locks_tickets=True)
def tell_of_transfer(row: Event, event: events.TicketTransferred) -> None:
    if event.old_user_id is None and event.new_user_id is not None:
        return  # nobody was there before: `tell_who_is_here` says it
    announcing.announce(event.ticket_id, announcing.TRANSFERRED, event.new_user_id, key=str(row.pk))


@subscriber("livechat.helpers", kinds=[events.TicketWatched], from_start=False, locks_tickets=True)
def tell_of_helpers(row: Event, event: events.TicketWatched) -> None:
    if event.is_helper:
        what = announcing.JOINED if event.is_watching else announcing.LEFT
        announcing.announce(event.ticket_id, what, event.user_id, key=str(row.pk))


@subscriber("livechat.endings", kinds=[events.TicketStatusChanged], from_start=False, locks_tickets=True)
def end_with_the_ticket(row: Event, event: events.TicketStatusChanged) -> None:
    if event.new in DONE:
        sessions.end_of_ticket(event.ticket_id, by=SYSTEM)
