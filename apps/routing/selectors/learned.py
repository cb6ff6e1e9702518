"""What the history taught of people and categories, as the engine reads it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from apps.routing.engine.learned import Experience, Record
from apps.routing.models import LearnedRecord, RoutingQueue

NOTHING = Experience({})
_kept: tuple[datetime | None, Experience] = (None, NOTHING)
"""Of the run until then. It stays the same for a day, and may hold a hundred thousand counts."""


def experience_of(queues: Iterable[RoutingQueue]) -> Experience:
    global _kept  # noqa: PLW0603 (the process's copy)
    if not any(row.is_learned for row in queues):
        return NOTHING
    until = LearnedRecord.objects.aggregate(until=Max("until"))["until"]
    if _kept[0] != until:
        _kept = (until, read_experience())
    return _kept[1]


def read_experience() -> Experience:
    rows = LearnedRecord.objects.values_list("user_id", "category_id", "successes", "trials")
    return Experience({(user, category): Record(good, trials) for user, category, good, trials in rows})
