"""Counts, once a day, with which categories people succeed. Only where a queue asks for it: otherwise nobody is measured.

Work counts when it ended within the window, and as a success when it was solved by whoever had it: the ticket is done,
and nobody held it after them, whether it was handed on or came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q

from apps.core.clock import now
from apps.routing.models import LearnedRecord, RoutingQueue
from apps.tickets.enums import DONE, AssignmentState
from apps.tickets.models import Assignment

WINDOW: Final = timedelta(days=90)
EVERY: Final = timedelta(days=1)


@transaction.atomic
def learn() -> int:
    """Says how many records were written. Of two workers at once one does it."""
    if not _is_due() or not _is_mine() or not _is_due():
        return 0
    until = now()
    rows = list(_counted(until - WINDOW, until))
    LearnedRecord.objects.all().delete()
    LearnedRecord.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _is_due() -> bool:
    if not RoutingQueue.objects.filter(is_learned=True).exists():
        return False
    return not LearnedRecord.objects.filter(until__gt=now() - EVERY).exists()


def _is_mine() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('routing.learn'))")
        return bool(cursor.fetchone()[0])


def _counted(since: datetime, until: datetime) -> Iterator[LearnedRecord]:
    held_later = Assignment.objects.filter(
        ticket_id=OuterRef("ticket_id"), started_at__gte=OuterRef("ended_at")
    ).exclude(pk=OuterRef("pk"))
    held = Assignment.objects.filter(
        started_at__isnull=False,
        ended_at__gte=since,
        ended_at__lt=until,
        ticket__category__isnull=False,
        ticket__is_spam=False,
        ticket__merged_into__isnull=True,
        user__is_active=True,
    )
    solved = Q(~Exists(held_later), state=AssignmentState.FINISHED, ticket__status__in=DONE)
    counts = held.order_by().values("user_id", "ticket__category_id")
    for row in counts.annotate(trials=Count("pk"), successes=Count("pk", filter=solved)):
        yield LearnedRecord(
            user_id=row["user_id"],
            category_id=row["ticket__category_id"],
            successes=row["successes"],
            trials=row["trials"],
            since=since,
            until=until,
        )
