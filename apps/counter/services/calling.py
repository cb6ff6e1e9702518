"""Calling people to a window. A window's row is locked first, then the visit's: two windows never call one person."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.counter import events
from apps.counter.enums import CALLABLE, MAX_CALLS, VisitState
from apps.counter.errors import CalledOften, NotServed, VisitMoved, WindowBusy, WrongBranch
from apps.counter.models import ServiceType, Visit, Window
from apps.counter.rules import serves
from apps.counter.selectors.lines import line_of_window, offered_at, today
from apps.counter.services.seats import lock_seat
from apps.counter.services.telling import tell


@transaction.atomic
def call_next(*, window: Window, by: Actor, seen: Visit | None = None) -> Visit | None:
    """Calls whose turn it is, or nobody when nobody waits. `seen` is whom the caller's screen showed at the window:
    a second press of the button must not pass over the person whom the first one called.
    """
    window = lock_seat(window, by)
    _clear(window, by, seen)
    visit = line_of_window(window, by).select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    return None if visit is None else _call(visit, window, by)


@transaction.atomic
def call(*, visit: Visit, window: Window, by: Actor, seen: Visit | None = None) -> Visit:
    """Calls one person out of turn: somebody set aside who is back, or somebody in the line."""
    window = lock_seat(window, by)
    _clear(window, by, seen)
    visit = lock_visit(visit, by)
    if visit.state not in CALLABLE or visit.day != today(visit.branch):
        raise VisitMoved(number=visit.number)
    if visit.branch_id != window.branch_id:
        raise WrongBranch
    if not serves(access_of(by), visit.service, visit.branch):
        raise NotServed
    if visit.calls >= MAX_CALLS:
        raise CalledOften(number=visit.number, times=visit.calls)
    return _call(visit, window, by)


@transaction.atomic
def call_again(*, visit: Visit, by: Actor) -> Visit:
    visit = lock_mine(visit, by, VisitState.CALLED)
    if visit.calls >= MAX_CALLS:
        raise CalledOften(number=visit.number, times=visit.calls)
    assert visit.window is not None  # noqa: S101 (of what is called)
    return _call(visit, visit.window, by)


@transaction.atomic
def set_aside(*, visit: Visit, by: Actor) -> Visit:
    """Called, and not there: may be called again, and after the last call is a no-show."""
    return _set_aside(lock_mine(visit, by, VisitState.CALLED), by)


@transaction.atomic
def transfer(*, visit: Visit, by: Actor, service: ServiceType | None = None, window: Window | None = None) -> Visit:
    """To another service or window, keeping number and place in the line. What was begun goes on there."""
    visit = lock_mine(visit, by, VisitState.CALLED, VisitState.SERVING)
    old, new = visit.service, service or visit.service
    if (service is None and window is None) or not _leads_on(visit, new, window):
        raise WrongBranch(fields={"service": [WrongBranch.message]})
    visit.service, visit.wanted_window, visit.window = new, window, None
    visit.state, visit.calls, visit.called_at, visit.serving_at = VisitState.TRANSFERRED, 0, None, None
    visit.save(
        update_fields=["service", "wanted_window", "window", "state", "calls", "called_at", "serving_at", "updated"]
    )
    label = "" if window is None else window.label
    tell(events.NumberTransferred, visit, by=by, from_service=old.key, window=label)
    return visit


def lock_visit(visit: Visit, by: Actor) -> Visit:
    rows = Visit.objects.visible_to(by).locked()
    row = rows.select_related("branch__channel", "service", "window", "ticket").filter(pk=visit.pk).first()
    if row is None:
        raise NotVisible
    return row


def lock_mine(visit: Visit, by: Actor, *states: VisitState) -> Visit:
    """The visit at the window where `by` sits, in one of the states."""
    if visit.window is None:
        raise VisitMoved(number=visit.number)
    window = lock_seat(visit.window, by)
    row = lock_visit(visit, by)
    if row.window_id != window.pk or row.state not in states:
        raise VisitMoved(number=row.number)
    return row


def _clear(window: Window, by: Actor, seen: Visit | None) -> None:
    there = (
        Visit.objects.filter(window=window)
        .at_windows()
        .select_related("branch", "service", "window", "ticket")
        .locked()
        .first()
    )
    if (there and there.pk) != (seen and seen.pk):
        raise VisitMoved(number=(there or seen or Visit()).number)
    if there is not None:
        if there.state == VisitState.SERVING:
            raise WindowBusy(number=there.number)
        _set_aside(there, by)


def _call(visit: Visit, window: Window, by: Actor) -> Visit:
    moment = now()
    visit.state, visit.window, visit.agent = VisitState.CALLED, window, by.user
    visit.calls += 1
    visit.called_at, visit.first_called_at = moment, visit.first_called_at or moment
    visit.save(update_fields=["state", "window", "agent", "calls", "called_at", "first_called_at", "updated"])
    tell(events.NumberCalled, visit, by=by, calls=visit.calls)
    return visit


def _set_aside(visit: Visit, by: Actor) -> Visit:
    is_last = visit.calls >= MAX_CALLS
    visit.state = VisitState.NO_SHOW if is_last else VisitState.SKIPPED
    visit.ended_at = now() if is_last else None
    if is_last:
        tell(events.NumberNoShow, visit, by=by, calls=visit.calls)
    else:
        tell(events.NumberSetAside, visit, by=by)
        visit.window = None
    visit.save(update_fields=["state", "ended_at", "window", "updated"])
    return visit


def _leads_on(visit: Visit, service: ServiceType, window: Window | None) -> bool:
    if window is None:
        return service.is_active and visit.branch.services.filter(pk=service.pk).exists()
    is_there = window.is_active and window.branch_id == visit.branch_id
    return is_there and offered_at(window).filter(pk=service.pk).exists()
