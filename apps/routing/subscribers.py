"""What happened elsewhere and concerns the floor."""

from __future__ import annotations

from apps.accounts.events import UserDeactivated
from apps.accounts.models import User
from apps.core.events import EventBase, subscriber
from apps.core.models import Event
from apps.core.wake import wake
from apps.routing.enums import Cause
from apps.routing.events import AgentStateChanged
from apps.routing.models import RoutingQueue
from apps.routing.services import attempts, missing
from apps.routing.services.states import go_offline
from apps.sla.events import SlaBreached, SlaWarning
from apps.tickets import events
from apps.tickets.enums import DONE


@subscriber("routing.people", kinds={UserDeactivated}, from_start=False)
def leave_the_floor(row: Event, event: UserDeactivated) -> None:
    user = User.objects.filter(pk=event.user_id, is_active=False).first()
    if user is not None:
        go_offline(user=user, cause=Cause.DEACTIVATED)
        wake("routing.deactivated")


@subscriber(
    "routing.hand_out",
    kinds={
        AgentStateChanged,
        events.TicketOpened,
        events.TicketStatusChanged,
        events.TicketAssigned,
        events.TicketTransferred,
        events.TicketFieldChanged,
        events.OfferDeclined,
        events.OfferMissed,
        events.OfferWithdrawn,
        SlaWarning,
        SlaBreached,
    },
    from_start=False,
)
def look_at_the_floor(row: Event, event: EventBase) -> None:
    """Somebody or something may be free now. A lost hint costs one interval of the sweep."""
    if RoutingQueue.objects.filter(is_automatic=True).exists():
        wake("routing.hand_out")


@subscriber("routing.missed", kinds={events.OfferMissed}, from_start=False)
def note_missed(row: Event, event: events.OfferMissed) -> None:
    """Who does not answer is asked nothing more until they are back."""
    missing.offer_missed(user_id=event.user_id, ticket_id=event.ticket_id)


@subscriber(
    "routing.attempts",
    kinds={events.MessageReceived, events.TicketStatusChanged, events.TicketAssigned},
    from_start=False,
    locks_tickets=True,
)
def count_attempts(row: Event, event: EventBase) -> None:
    """What a vendor tried in vain."""
    if isinstance(event, events.MessageReceived):
        if not event.is_automatic and not event.is_third_person:
            attempts.customer_wrote(ticket_id=event.ticket_id, sequence=event.sequence, told_by=row)
    elif isinstance(event, events.TicketStatusChanged):
        if event.old in DONE and event.new not in DONE and event.reason != "undo":
            attempts.ticket_reopened(ticket_id=event.ticket_id, told_by=row)
    elif isinstance(event, events.TicketAssigned) and event.old_user_id:
        attempts.ticket_left(
            ticket_id=event.ticket_id,
            old_user_id=event.old_user_id,
            new_user_id=event.new_user_id,
            told_by=row,
        )
