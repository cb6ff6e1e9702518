"""How waiting went lately, queue by queue: a line for the wallboard, in one statement however many queues there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q

from apps.core.actor import Actor
from apps.core.clock import now
from apps.metrics.enums import WaitEnd
from apps.metrics.models import WaitFact

SLOT: Final = timedelta(minutes=10)
SLOTS: Final = 12
REMEMBERED: Final = timedelta(days=1)
"""What ended later than a day after it came is left out: it would cost a look at every wait there was."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Two hours in slots, the oldest first: who waited at the end of each, and who was answered within it."""

    waiting: tuple[int, ...]
    answered: tuple[int, ...]


def trends(actor: Actor) -> dict[int, Trend]:
    """By queue; those in which nobody has waited lately are not there."""
    moment = now()
    ends = [moment - SLOT * back for back in reversed(range(SLOTS))]
    lately = Q(left_at=None) | Q(left_at__gt=ends[0] - SLOT, entered_at__gt=moment - REMEMBERED)
    rows = WaitFact.objects.visible_to(actor).filter(lately).order_by().values("queue_id")
    counted = rows.annotate(
        **{f"waiting_{place}": Count("pk", filter=_waits_at(end)) for place, end in enumerate(ends)},
        **{f"answered_{place}": Count("pk", filter=_answered_before(end)) for place, end in enumerate(ends)},
    )
    return {row["queue_id"]: _trend(dict(row)) for row in counted}


def _trend(row: Mapping[str, Any]) -> Trend:
    return Trend(
        waiting=tuple(row[f"waiting_{place}"] for place in range(SLOTS)),
        answered=tuple(row[f"answered_{place}"] for place in range(SLOTS)),
    )


def _waits_at(moment: datetime) -> Q:
    return Q(entered_at__lte=moment) & (Q(left_at=None) | Q(left_at__gt=moment))


def _answered_before(end: datetime) -> Q:
    return Q(end=WaitEnd.ANSWERED, left_at__gt=end - SLOT, left_at__lte=end)
