"""What became of alerts, for those who are told by webhook or follow the events. No event holds a customer's data."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@dataclass(frozen=True)
class _OfAlert(EventBase):
    """``alert`` is the public id, the same in all three; ``figure`` is what was measured at that moment, if anything.
    ``vendor``: the key of whose floor or contract it is about, where it is not the whole house's. ``contract``: its number.
    """

    alert: str
    rule: str
    measure: str
    comparison: str
    limit: int
    figure: int | None
    queue_id: int | None
    channel_id: int | None
    vendor: str | None = field(default=None, kw_only=True)
    contract: str | None = field(default=None, kw_only=True)


@event("alert.fired", _("A figure of the floor crossed its limit"))
@dataclass(frozen=True)
class AlertFired(_OfAlert):
    pass


@event("alert.acknowledged", _("Somebody takes care of an alert"))
@dataclass(frozen=True)
class AlertAcknowledged(_OfAlert):
    user_id: int


@event("alert.cleared", _("An alert is over"))
@dataclass(frozen=True)
class AlertCleared(_OfAlert):
    reason: str
