"""The state machine: from which status a ticket may go to which. Everything that moves a ticket asks this one table."""

from __future__ import annotations

from collections.abc import Mapping

from apps.tickets.enums import Status

ALLOWED: Mapping[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.RESOLVED),
    Status.OPEN: (Status.PENDING, Status.ON_HOLD, Status.RESOLVED),
    Status.PENDING: (Status.OPEN, Status.ON_HOLD, Status.RESOLVED),
    Status.ON_HOLD: (Status.OPEN, Status.PENDING, Status.RESOLVED),
    Status.RESOLVED: (Status.OPEN, Status.CLOSED),
    Status.CLOSED: (Status.OPEN,),
}


def targets(status: Status) -> tuple[Status, ...]:
    return ALLOWED[status]


def is_allowed(old: Status, new: Status) -> bool:
    return new in ALLOWED[old]
