"""What became of promises, as facts. Fields hold ids and keys; labels are looked up when somebody reads."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("sla.warning", _("A promise is in danger"))
@dataclass(frozen=True)
class SlaWarning(EventBase):
    """A share of the time has passed. ``due_at`` is in ISO 8601, UTC."""

    ticket_id: int
    target: str
    share: int
    due_at: str
    policy: str


@event("sla.breached", _("A promise was broken"))
@dataclass(frozen=True)
class SlaBreached(EventBase):
    ticket_id: int
    target: str
    due_at: str
    policy: str


@event("sla.met", _("A promise was kept"))
@dataclass(frozen=True)
class SlaMet(EventBase):
    ticket_id: int
    target: str
    due_at: str
    policy: str
