"""After a policy or a calendar changed: what runs is counted anew, a batch at a time, wherever a worker is free."""

from __future__ import annotations

from django.db import transaction

from apps.core import clock
from apps.core.wake import wake
from apps.sla.models import Course, Recount, Timer
from apps.sla.selectors.promises import Book
from apps.sla.services.clockwork import Clockwork
from apps.tickets.models import Ticket

BATCH = 200


def ask_recount(calendar_id: int | None = None) -> None:
    """For whoever changed a calendar, or a policy (no calendar named: any ticket may be concerned)."""
    Recount.objects.create(calendar_id=calendar_id)
    wake("sla.recounts")


@transaction.atomic
def recount_some() -> int:
    """Counts one batch anew, and keeps its place; returns how many tickets, or 1 when a change is done with."""
    work = Recount.objects.select_for_update(skip_locked=True).order_by("pk").first()
    if work is None:
        return 0
    rows = Timer.objects.open().filter(ticket_id__gt=work.after)
    if work.calendar_id is not None:
        rows = rows.filter(calendar_id=work.calendar_id)
    ids = list(rows.order_by("ticket_id").values_list("ticket_id", flat=True).distinct()[:BATCH])
    if not ids:
        work.delete()
        return 1
    book = Book()
    for ticket in Ticket.objects.locked().filter(pk__in=ids).order_by("pk"):
        _recount(ticket, book)
    work.after = ids[-1]
    work.save(update_fields=["after"])
    return len(ids)


def _recount(ticket: Ticket, book: Book) -> None:
    course = Course.objects.filter(pk=ticket.pk).first()
    if course is None:
        return
    clockwork = Clockwork(ticket, course, clock.now(), book)
    clockwork.choose_policy("configuration")
    clockwork.begin_what_is_owed()
    clockwork.save()
