"""The next deadline of a ticket, from all that is due on it, written to the columns that lists sort by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.sla.enums import TimerState
from apps.sla.models import FollowUp, Timer
from apps.tickets.enums import SlaState
from apps.tickets.services.columns import set_columns, set_columns_of_many


def tell_deadline(ticket_id: int) -> None:
    """For the caller who holds the ticket's lock."""
    follow_up = FollowUp.objects.filter(ticket_id=ticket_id).open().values_list("due_at", flat=True).first()
    set_columns(ticket_id=ticket_id, **_deadline(Timer.objects.filter(ticket_id=ticket_id).open(), follow_up))


def tell_deadlines(timers: Mapping[int, Iterable[Timer]]) -> None:
    """For many tickets at once, by their ids; the caller holds their locks."""
    rows = FollowUp.objects.filter(ticket_id__in=list(timers)).open()
    follow_ups = dict(rows.values_list("ticket_id", "due_at"))
    set_columns_of_many({pk: _deadline(found, follow_ups.get(pk)) for pk, found in timers.items()})


def _deadline(timers: Iterable[Timer], follow_up: datetime | None) -> dict[str, Any]:
    """What is due first; where nothing runs, that something is paused."""
    running = [timer for timer in timers if timer.is_open]
    due = [(timer.due_at, _state(timer)) for timer in running if timer.due_at is not None]
    if follow_up is not None:
        due.append((follow_up, SlaState.FOLLOW_UP))
    if due:
        due_at, state = min(due, key=lambda pair: pair[0])
        return {"next_due_at": due_at, "sla_state": state.value}
    paused = any(timer.state == TimerState.PAUSED for timer in running)
    return {"next_due_at": None, "sla_state": SlaState.PAUSED.value if paused else ""}


def _state(timer: Timer) -> SlaState:
    if timer.state == TimerState.BREACHED:
        return SlaState.BREACHED
    return SlaState.WARNING if timer.warned else SlaState.RUNNING
