"""What happens to numbers at the counter. Nobody's name is in them."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.events import EventBase, event


@dataclass(frozen=True, kw_only=True)
class VisitEvent(EventBase):
    """`number` is the visitor's, `branch` and `service` are keys, `window` is what stands above it."""

    branch: str
    service: str
    number: str
    channel_id: int
    window: str = ""
    ticket_id: int | None = None


@event("counter.number_issued")
@dataclass(frozen=True, kw_only=True)
class NumberIssued(VisitEvent):
    is_priority: bool = False


@event("counter.number_called")
@dataclass(frozen=True, kw_only=True)
class NumberCalled(VisitEvent):
    calls: int = 1


@event("counter.number_set_aside")
@dataclass(frozen=True, kw_only=True)
class NumberSetAside(VisitEvent):
    """Called, and not there: may be called again."""


@event("counter.number_no_show")
@dataclass(frozen=True, kw_only=True)
class NumberNoShow(VisitEvent):
    calls: int = 0


@event("counter.number_transferred")
@dataclass(frozen=True, kw_only=True)
class NumberTransferred(VisitEvent):
    """To another service (`service` is the new one) or to another window (`window`)."""

    from_service: str = ""


@event("counter.number_left")
@dataclass(frozen=True, kw_only=True)
class NumberLeft(VisitEvent):
    """Given back by its owner, or left over when the day ended (`reason`: visitor, day_over)."""

    reason: str = "visitor"


@event("counter.visit_started")
@dataclass(frozen=True, kw_only=True)
class VisitStarted(VisitEvent):
    interaction_id: int | None = None


@event("counter.visit_proved")
@dataclass(frozen=True, kw_only=True)
class VisitProved(VisitEvent):
    proof: str = ""


@event("counter.visit_finished")
@dataclass(frozen=True, kw_only=True)
class VisitFinished(VisitEvent):
    satisfaction: int | None = None
