"""What became of promises, as facts. Fields hold ids and keys; labels are looked up when somebody reads."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.events import EventBase, event


@event("sla.warning")
@dataclass(frozen=True)
class SlaWarning(EventBase):
    """A share of the time has passed. ``due_at`` is in ISO 8601, UTC."""

    ticket_id: int
    target: str
    share: int
    due_at: str
    policy: str


@event("sla.breached")
@dataclass(frozen=True)
class SlaBreached(EventBase):
    ticket_id: int
    target: str
    due_at: str
    policy: str


@event("sla.met")
@dataclass(frozen=True)
class SlaMet(EventBase):
    ticket_id: int
    target: str
    due_at: str
    policy: str
