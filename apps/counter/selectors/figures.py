"""A branch's day in figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Avg, Count, F, Min, Q

from apps.core.clock import now
from apps.counter.enums import WAITING, VisitState
from apps.counter.models import Branch, Visit
from apps.counter.selectors.lines import today


@dataclass(frozen=True, slots=True)
class Figures:
    """Minutes are None where nobody has waited yet."""

    waiting: int
    longest: int | None
    mean: int | None
    """From drawing a number to the first call, of all who were called today."""
    served: int
    no_shows: int


def figures_of(branch: Branch) -> Figures:
    is_waiting, was_called = Q(state__in=WAITING), Q(first_called_at__isnull=False)
    row = Visit.objects.of_day(branch, today(branch)).aggregate(
        waiting=Count("pk", filter=is_waiting),
        since=Min("issued_at", filter=is_waiting),
        mean=Avg(F("first_called_at") - F("issued_at"), filter=was_called),
        served=Count("pk", filter=Q(state=VisitState.DONE)),
        no_shows=Count("pk", filter=Q(state=VisitState.NO_SHOW)),
    )
    return Figures(
        waiting=row["waiting"],
        longest=None if row["since"] is None else _minutes(now() - row["since"]),
        mean=None if row["mean"] is None else _minutes(row["mean"]),
        served=row["served"],
        no_shows=row["no_shows"],
    )


def _minutes(span: timedelta) -> int:
    return max(0, round(span.total_seconds() / 60))
