"""What happens to messages on their way out, as facts."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.events import EventBase, event


@event("delivery.changed")
@dataclass(frozen=True, kw_only=True)
class DeliveryChanged(EventBase):
    """``state`` and ``failure`` are values of DeliveryState and FailureKind; ids are None outside of tickets."""

    delivery_id: int
    channel_id: int
    message_id: int | None
    ticket_id: int | None
    state: str
    failure: str = ""
