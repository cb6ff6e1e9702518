"""What happens to the people of the floor. What happens to work stands in `apps.tickets.events`, as `routing.*`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("agent.state_changed", _("An agent changed state"))
@dataclass(frozen=True, kw_only=True)
class AgentStateChanged(EventBase):
    """`reason` is the key of a break's reason; `cause` is self, forced, connection_lost,
    deactivated or missed_offers."""

    user_id: int
    state: str
    previous: str
    reason: str = ""
    cause: str = "self"


@event("routing.came_in_house", _("A ticket came in-house after unsuccessful attempts of vendors"))
@dataclass(frozen=True, kw_only=True)
class TicketCameInHouse(EventBase):
    """The house takes it for good. `user_id` and `failure` (wrote_again, reopened, returned) are of the last attempt."""

    ticket_id: int
    user_id: int
    attempts: int
    failure: str
