"""Background work of tickets: what time itself changes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.storage import delete_file
from apps.core.sweeps import sweep
from apps.tickets.enums import DecisionKind, Status
from apps.tickets.models import DraftFile, Ticket
from apps.tickets.selectors.reviews import left_alone
from apps.tickets.services import offers
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.lifecycle import move

BATCH = 100


@sweep("tickets.close_resolved", queue="bulk", every=300.0)
def close_resolved() -> int:
    """Closes what stayed silent after it was resolved. Locked rows are somebody's work and come next time."""
    before = now() - timedelta(days=settings.TICKETS_CLOSE_AFTER_DAYS)
    with transaction.atomic():
        due = (
            Ticket.objects.filter(status=Status.RESOLVED, resolved_at__lt=before)
            .exclude(left_alone(DecisionKind.CLOSING))
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)[:BATCH]
        )
        tickets = list(due)
        for ticket in tickets:
            save_ticket(ticket, move(ticket, Status.CLOSED, by=SYSTEM, reason="timeout"))
    return len(tickets)


@sweep("tickets.expire_offers", queue="events", every=1.0)
def expire_offers() -> int:
    return offers.expire_offers()


@sweep("tickets.draft_files", queue="bulk", every=3600.0)
def throw_away_uploads() -> int:
    """Uploads that were never sent. What became part of a message is no upload any more."""
    before = now() - timedelta(days=settings.TICKETS_DRAFT_FILE_DAYS)
    with transaction.atomic():
        due = DraftFile.objects.filter(created__lt=before).select_related("file").order_by("pk")
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        for row in rows:
            row.delete()
            delete_file(row.file)
    return len(rows)
