"""What happens to the people of the floor. What happens to work stands in `apps.tickets.events`, as `routing.*`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("agent.state_changed", _("An agent changed state"))
@dataclass(frozen=True, kw_only=True)
class AgentStateChanged(EventBase):
    """`reason` is the key of a break's reason; `cause` is self, forced, connection_lost or deactivated."""

    user_id: int
    state: str
    previous: str
    reason: str = ""
    cause: str = "self"
