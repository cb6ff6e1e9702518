"""Leaving the line: by one's own choice, or because the day is over."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.core.clock import now
from apps.counter import events
from apps.counter.enums import CALLABLE, VisitState
from apps.counter.errors import VisitMoved
from apps.counter.models import Branch, Visit
from apps.counter.selectors.lines import today
from apps.counter.services.telling import tell

VISITOR = Actor(kind=ActorKind.SYSTEM, face=Face.PORTAL)
"""Whoever holds the slip."""

GIVES_UP = (*CALLABLE, VisitState.CALLED)
BATCH = 200


@transaction.atomic
def leave(*, visit: Visit) -> Visit:
    """Gives the number back. Once is enough; who is being served already stays."""
    rows = Visit.objects.select_related("branch", "service", "window", "ticket").locked()
    visit = rows.get(pk=visit.pk)
    if visit.state == VisitState.LEFT:
        return visit
    if visit.state not in GIVES_UP:
        raise VisitMoved(number=visit.number)
    return _leave(visit, by=VISITOR, reason="visitor")


def end_days() -> int:
    """Numbers that were still waiting when their branch's day ended."""
    return sum(_end_day(branch, today(branch)) for branch in Branch.objects.all())


@transaction.atomic
def _end_day(branch: Branch, day: date) -> int:
    left = Visit.objects.filter(branch=branch, day__lt=day, state__in=GIVES_UP).order_by("pk")
    rows = left.select_related("branch", "service", "window", "ticket").select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    visits = list(rows[:BATCH])
    for visit in visits:
        _leave(visit, by=SYSTEM, reason="day_over")
    return len(visits)


def _leave(visit: Visit, *, by: Actor, reason: str) -> Visit:
    visit.state, visit.ended_at = VisitState.LEFT, now()
    visit.save(update_fields=["state", "ended_at", "updated"])
    tell(events.NumberLeft, visit, by=by, reason=reason)
    return visit
