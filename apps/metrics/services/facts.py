"""Makes facts from what is stored. A ticket's are made anew as a whole, so it matters neither how often nor in which
order one heard of what happened; the same goes for everything at once after `rebuild-facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.db import OperationalError, connection, models, transaction

from apps.metrics.enums import Subject
from apps.metrics.models import (
    ContactFact,
    Due,
    Fact,
    HandlingFact,
    OfferFact,
    PromiseFact,
    SideFact,
    StateFact,
    WaitFact,
)
from apps.metrics.selectors.sources import AgentLog, agent_logs, read_tickets
from apps.metrics.services.making import Made, make_facts
from apps.routing.models import AgentStateChange
from apps.tickets.models import Ticket

logger = structlog.get_logger(__name__)

BATCH: Final = 100
CHUNK: Final = 5_000
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
KINDS: Final[tuple[type[Fact], ...]] = (WaitFact, OfferFact, ContactFact, HandlingFact, PromiseFact, SideFact)


# --- What is to be made anew ------------------------------------------------------------------------------------------


def mark(subject: Subject, ids: Sequence[int], since: datetime) -> None:
    """However often it is marked, it is made once; where two say since when, the earlier holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metrics_due (subject, object_id, since) SELECT %s, unnest(%s::bigint[]), %s"
            " ON CONFLICT (subject, object_id) DO UPDATE SET since = LEAST(metrics_due.since, excluded.since)",
            [subject.value, sorted(ids), since],
        )


def mark_everything() -> int:
    """All tickets and all logs, a chunk at a time; says how many."""
    tickets = Ticket.objects.order_by("pk").values_list("pk", flat=True)
    agents = AgentStateChange.objects.order_by("user_id").values_list("user_id", flat=True).distinct()
    return _mark_all(Subject.TICKET, tickets) + _mark_all(Subject.AGENT, agents)


def _mark_all(subject: Subject, ids: Any) -> int:
    found: list[int] = []
    total = 0
    for pk in ids.iterator(chunk_size=CHUNK):
        found.append(pk)
        if len(found) == CHUNK:
            mark(subject, found, ALWAYS)
            total, found = total + len(found), []
    mark(subject, found, ALWAYS)
    return total + len(found)


def fold_due() -> int:
    """A batch of what is marked. Any number of workers may do so: each takes rows that no other holds."""
    return _fold_due(Subject.TICKET) + _fold_due(Subject.AGENT)


@transaction.atomic
def _fold_due(subject: Subject) -> int:
    rows = list(Due.objects.filter(subject=subject).order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    _fold_each(subject, rows)
    Due.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _fold_each(subject: Subject, rows: Sequence[Due]) -> None:
    """Together; where that fails, one by one."""
    try:
        with transaction.atomic():
            _fold(subject, rows)
    except OperationalError:
        raise  # the database's trouble, not a ticket's: all of them are taken up again
    except Exception:
        # Whatever one ticket's past may hold, the others' facts must go on. It keeps those that it has.
        if len(rows) == 1:
            logger.exception("metrics.not_folded", subject=subject.value, object_id=rows[0].object_id)
        else:
            for row in rows:
                _fold_each(subject, [row])


def _fold(subject: Subject, rows: Sequence[Due]) -> None:
    if subject is Subject.TICKET:
        _fold_tickets([row.object_id for row in rows])
    else:
        _fold_agents({row.object_id: row.since for row in rows})


# --- Tickets ----------------------------------------------------------------------------------------------------------


def _fold_tickets(ids: Sequence[int]) -> None:
    """A ticket that is gone keeps the facts it had."""
    made = Made()
    sources = read_tickets(ids)
    for source in sources:
        make_facts(source, made)
    found = [source.ticket_id for source in sources]
    for kind in KINDS:
        _replace(kind, kind.KEY, kind._default_manager.filter(ticket_id__in=found), made[kind])


def _replace(kind: type[models.Model], key: Sequence[str], known: Any, rows: Iterable[models.Model]) -> None:
    """Afterwards exactly these rows are there. What is as it was is not written."""
    names = [field.attname for field in kind._meta.concrete_fields if field.attname != "id"]

    def key_of(row: models.Model) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in key)

    def values(row: models.Model) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in names)

    there = {key_of(row): row for row in known}
    wanted = {key_of(row): row for row in rows}
    gone = [row.pk for each, row in there.items() if each not in wanted]
    changed = [row for each, row in wanted.items() if each not in there or values(there[each]) != values(row)]
    if gone:
        kind._default_manager.filter(pk__in=gone).delete()
    if changed:
        fields = [field.name for field in kind._meta.concrete_fields if field.attname not in ("id", *key)]
        kind._default_manager.bulk_create(changed, update_conflicts=True, unique_fields=key, update_fields=fields)


# --- Agents -----------------------------------------------------------------------------------------------------------


def _fold_agents(since: dict[int, datetime]) -> None:
    """From the state that somebody was in at that moment on; what was before is settled, since the log only grows."""
    for log in agent_logs(since):
        first = log.changes[0].created if log.changes else since[log.user_id]
        known = StateFact.objects.filter(user=log.user_id, started_at__gte=first)
        _replace(StateFact, ("change_id",), known, _states(log))


def _states(log: AgentLog) -> list[StateFact]:
    ends = [change.created for change in log.changes[1:]]
    return [
        StateFact(
            change_id=change.pk,
            user_id=log.user_id,
            vendor_id=log.vendor_id,
            state=change.state,
            reason=change.reason.key if change.reason else "",
            started_at=change.created,
            ended_at=ended_at,
        )
        for change, ended_at in zip(log.changes, [*ends, None], strict=True)
    ]
