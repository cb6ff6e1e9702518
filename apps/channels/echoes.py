"""What we sent and the platform shows us again: it proves a message whose outcome nobody knew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from apps.channels.contract import Outbound
from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery

LOOKED_AT: Final = 50
"""So many messages of unknown outcome are compared with an echo, newest first."""


def undecided(channel_id: int, is_echoed: Callable[[Outbound], bool]) -> Delivery | None:
    """The first of those that the echo fits: of two equal messages the first echo belongs to the first."""
    states = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
    rows = Delivery.objects.filter(channel_id=channel_id, state__in=states).order_by("-pk")[:LOOKED_AT]
    return next((row for row in reversed(rows) if is_echoed(Outbound.from_payload(row.payload))), None)


def says(outbound: Outbound, text: str, *, has_files: bool) -> bool:
    """Whether an echo shows this message, whatever the platform made of its white space."""
    if has_files != bool(outbound.attachments):
        return False
    return has_files or (bool(outbound.text) and outbound.text.split() == text.split())
