"""Who sits at which window."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.access import access_of
from apps.core import audit
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.counter.errors import NoWindow, WindowBusy, WindowTaken
from apps.counter.models import Visit, Window


@transaction.atomic
def take_window(*, window: Window, by: Actor) -> Window:
    """Sits down. Whoever forgot to stand up yesterday, or is asked to by a supervisor, makes room."""
    require(by, "counter.serve")
    if by.user is None:
        raise PermissionRefused
    rows = _lock(by, window)
    row = rows.get(window.pk)
    if row is None:
        raise NotVisible
    if row.agent_id == by.user_id:
        return row
    _make_room(row, by)
    for mine in rows.values():
        if mine.agent_id == by.user_id:
            _stand_up(mine, by)
    row.agent, row.seated_at = by.user, now()
    row.save(update_fields=["agent", "seated_at", "updated"])
    audit.record("counter.window.taken", by=by, subject=row)
    return row


@transaction.atomic
def leave_window(*, by: Actor) -> None:
    for mine in _lock(by).values():
        _stand_up(mine, by)


def lock_seat(window: Window, by: Actor) -> Window:
    """The row of the window where `by` sits, locked until the transaction ends: one press of a button at a time."""
    require(by, "counter.serve")
    row = _lock(by).get(window.pk)
    if row is None:
        raise NoWindow
    return row


def _lock(by: Actor, window: Window | None = None) -> dict[int, Window]:
    """One's own window and the named one, in the order of their keys."""
    rows = Window.objects.visible_to(by).filter(is_active=True, branch__is_active=True)
    wanted = rows.filter(agent_id=by.user_id or 0)
    if window is not None:
        wanted = wanted | rows.filter(pk=window.pk)
    locked = wanted.select_related("branch__channel").select_for_update(of=("self",), no_key=True).order_by("pk")
    return {row.pk: row for row in locked}


def _make_room(window: Window, by: Actor) -> None:
    if window.agent is None:
        return
    seated = window.seated_at or window.updated
    zone = window.branch.zone
    is_of_today = seated.astimezone(zone).date() == now().astimezone(zone).date()
    if is_of_today and not access_of(by).sees_all:
        raise WindowTaken(name=str(window.agent))
    _stand_up(window, by)


def _stand_up(window: Window, by: Actor) -> None:
    at_window = Visit.objects.filter(window=window).at_windows().first()
    if at_window is not None:
        raise WindowBusy(number=at_window.number)
    window.agent, window.seated_at = None, None
    window.save(update_fields=["agent", "seated_at", "updated"])
    audit.record("counter.window.left", by=by, subject=window)
