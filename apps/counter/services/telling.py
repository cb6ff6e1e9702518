"""Every change of a visit is a fact, in the same words."""

from __future__ import annotations

from typing import Any, TypeVar

from apps.core.actor import Actor
from apps.core.events import publish
from apps.counter.events import VisitEvent
from apps.counter.models import Visit

E = TypeVar("E", bound=VisitEvent)


def tell(event: type[E], visit: Visit, *, by: Actor, **more: Any) -> None:
    about: dict[str, Any] = {
        "branch": visit.branch.key,
        "service": visit.service.key,
        "number": visit.number,
        "channel_id": visit.branch.channel_id,
        "window": "" if visit.window is None else visit.window.label,
        "ticket_id": visit.ticket_id,
    }
    customer_id = None if visit.ticket is None else visit.ticket.customer_id
    publish(event(**{**about, **more}), by=by, customer_id=customer_id)
