"""Columns of a ticket that higher apps compute and that lists show or sort by. They are written here and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.core import clock
from apps.core.actor import SYSTEM, Actor
from apps.core.events import publish
from apps.core.inserting import gathered
from apps.core.updating import update_rows
from apps.tickets import events
from apps.tickets.models import Ticket
from apps.tickets.services.changing import save_ticket

COLUMNS = frozenset({"next_due_at", "sla_state", "intent", "sentiment"})


@transaction.atomic
def set_columns(*, ticket_id: int, by: Actor = SYSTEM, **values: Any) -> None:
    """Writes what changed; returns quietly if the ticket is gone. For apps, not for people: no permission is asked."""
    _require_columns(values)
    ticket = Ticket.objects.locked().filter(pk=ticket_id).first()
    if ticket is not None and (changed := _put(ticket, values, by)):
        save_ticket(ticket, changed)


@transaction.atomic
def set_columns_of_many(values: Mapping[int, Mapping[str, Any]], *, by: Actor = SYSTEM) -> None:
    """The same for many tickets by their ids, in a number of statements that does not grow with them."""
    for each in values.values():
        _require_columns(each)
    rows = list(Ticket.objects.locked().filter(pk__in=list(values)).order_by("pk"))
    with gathered():
        changed = {row: names for row in rows if (names := _put(row, values[row.pk], by))}
    for row in changed:
        row.version += 1
        row.updated = clock.now()
    if changed:
        names = sorted({name for written in changed.values() for name in written})
        update_rows(changed, [*names, "version", "updated"])


def _require_columns(values: Mapping[str, Any]) -> None:
    unknown = set(values) - COLUMNS
    if unknown:
        raise TypeError(f"not a computed column: {sorted(unknown)}")


def _put(ticket: Ticket, values: Mapping[str, Any], by: Actor) -> list[str]:
    """Sets what differs on the locked row and tells of it; returns the columns to save."""
    changed = sorted(name for name, value in values.items() if getattr(ticket, name) != value)
    for name in changed:
        setattr(ticket, name, values[name])
    if changed:
        publish(events.TicketColumnsChanged(ticket_id=ticket.pk, columns=tuple(changed)), by=by)
    return changed
