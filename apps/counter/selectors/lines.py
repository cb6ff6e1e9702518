"""The line: who is next at a window, how many are before somebody, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Avg, Count, F, Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.clock import now
from apps.counter.enums import WAITING, VisitState
from apps.counter.models import Branch, ServiceType, Visit, Window
from apps.counter.querysets import VisitQuerySet
from apps.counter.rules import serves

RECENT = timedelta(days=14)
FEWEST = 5
"""Of fewer visits nobody can say how long one takes."""


def today(branch: Branch) -> date:
    return now().astimezone(branch.zone).date()


def offered_at(window: Window) -> QuerySet[ServiceType]:
    """A window without services of its own serves all of its branch."""
    own = window.services.all()
    return own if own.exists() else window.branch.services.all()


def line_of_window(window: Window, by: Actor) -> VisitQuerySet:
    """Who may be called to the window, first come first."""
    access = access_of(by)
    services = [row.pk for row in offered_at(window) if serves(access, row, window.branch)]
    waiting = Visit.objects.visible_to(by).of_day(window.branch, today(window.branch)).waiting()
    here = Q(wanted_window=None, service__in=services) | Q(wanted_window=window)
    return waiting.filter(here).select_related("branch__channel", "service", "ticket").in_turn()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands. `minutes` is None where it cannot be told honestly."""

    ahead: int
    minutes: int | None


def place_of(visit: Visit) -> Place | None:
    """None for whoever is not waiting any more."""
    if visit.state not in WAITING:
        return None
    return _place(visit.branch, visit.service, visit.day, _before(visit), visit.wanted_window_id)


def wait_for(branch: Branch, service: ServiceType) -> Place:
    """For somebody who would draw a number now: behind everybody."""
    return _place(branch, service, today(branch), Q(), None)


def _before(visit: Visit) -> Q:
    earlier = Q(issued_at__lt=visit.issued_at) | Q(issued_at=visit.issued_at, pk__lt=visit.pk)
    if visit.is_priority:
        return Q(is_priority=True) & earlier
    return Q(is_priority=True) | (Q(is_priority=False) & earlier)


def _place(branch: Branch, service: ServiceType, day: date, before: Q, window_id: int | None) -> Place:
    """Before somebody are all whom the windows that will call them may call first."""
    windows = _windows_for(branch, service, window_id)
    services = {service.pk}.union(*windows)
    ahead = Visit.objects.of_day(branch, day).waiting().filter(before, service__in=services).count()
    return Place(ahead, _minutes(branch, ahead, len(windows), service))


def _windows_for(branch: Branch, service: ServiceType, window_id: int | None) -> list[set[int]]:
    """The services of each staffed window that serves this one."""
    offered = {row.pk for row in branch.services.all()}
    staffed = branch.windows.staffed().prefetch_related("services")
    served = {window.pk: {row.pk for row in window.services.all()} or offered for window in staffed}
    return [ids for pk, ids in served.items() if service.pk in ids and window_id in (None, pk)]


def _minutes(branch: Branch, ahead: int, windows: int, service: ServiceType) -> int | None:
    """How long until called, at the pace of late. Without a window that serves it nobody knows."""
    each = usual_minutes(branch, service)
    if not windows or each is None:
        return None
    return round(ahead * each / windows)


def usual_minutes(branch: Branch, service: ServiceType) -> float | None:
    """The mean length of the service's recent visits here; until enough were measured, what the manager entered."""
    recent = Visit.objects.filter(
        branch=branch, service=service, state=VisitState.DONE, ended_at__gte=now() - RECENT, serving_at__isnull=False
    )
    measured = recent.aggregate(count=Count("pk"), mean=Avg(F("ended_at") - F("serving_at")))
    if measured["count"] >= FEWEST:
        return float(measured["mean"].total_seconds() / 60)
    return service.usual_minutes
