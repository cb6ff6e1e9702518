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
from apps.routing.services.states import go_offline
from apps.tickets import events


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
    },
    from_start=False,
)
def look_at_the_floor(row: Event, event: EventBase) -> None:
    """Somebody or something may be free now. A lost hint costs one interval of the sweep."""
    if RoutingQueue.objects.filter(is_automatic=True).exists():
        wake("routing.hand_out")
