"""Columns of a ticket that higher apps compute and that lists show or sort by. They are written here and nowhere
else.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.core.actor import SYSTEM, Actor
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.models import Ticket
from apps.tickets.services.changing import save_ticket

COLUMNS = frozenset({"next_due_at", "sla_state", "intent", "sentiment"})


@transaction.atomic
def set_columns(*, ticket_id: int, by: Actor = SYSTEM, **values: Any) -> None:
    """Writes what changed; returns quietly if the ticket is gone. For apps, not for people: no permission is asked."""
    unknown = set(values) - COLUMNS
    if unknown:
        raise TypeError(f"not a computed column: {sorted(unknown)}")
    ticket = Ticket.objects.locked().filter(pk=ticket_id).first()
    if ticket is None:
        return
    changed = sorted(name for name, value in values.items() if getattr(ticket, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(ticket, name, values[name])
    publish(events.TicketColumnsChanged(ticket_id=ticket.pk, columns=tuple(changed)), by=by)
    save_ticket(ticket, changed)
