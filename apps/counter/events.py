"""What happens to numbers at the counter. Nobody's name is in them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

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


@event("counter.number_issued", _("A number was drawn at a counter"))
@dataclass(frozen=True, kw_only=True)
class NumberIssued(VisitEvent):
    is_priority: bool = False


@event("counter.number_called", _("A number was called"))
@dataclass(frozen=True, kw_only=True)
class NumberCalled(VisitEvent):
    calls: int = 1


@event("counter.number_set_aside", _("A number was called and nobody came yet"))
@dataclass(frozen=True, kw_only=True)
class NumberSetAside(VisitEvent):
    """Called, and not there: may be called again."""


@event("counter.number_no_show", _("A number was given up because nobody came"))
@dataclass(frozen=True, kw_only=True)
class NumberNoShow(VisitEvent):
    calls: int = 0


@event("counter.number_transferred", _("A number went to another service or window"))
@dataclass(frozen=True, kw_only=True)
class NumberTransferred(VisitEvent):
    """To another service (`service` is the new one) or to another window (`window`)."""

    from_service: str = ""


@event("counter.number_left", _("A number was given back"))
@dataclass(frozen=True, kw_only=True)
class NumberLeft(VisitEvent):
    """Given back by its owner, or left over when the day ended (`reason`: visitor, day_over)."""

    reason: str = "visitor"


@event("counter.visit_started", _("A visit to a counter began"))
@dataclass(frozen=True, kw_only=True)
class VisitStarted(VisitEvent):
    interaction_id: int | None = None


@event("counter.visit_proved", _("A visitor proved who they are"))
@dataclass(frozen=True, kw_only=True)
class VisitProved(VisitEvent):
    proof: str = ""


@event("counter.visit_finished", _("A visit to a counter ended"))
@dataclass(frozen=True, kw_only=True)
class VisitFinished(VisitEvent):
    satisfaction: int | None = None
