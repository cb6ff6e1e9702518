"""The months of a partitioned table that exist, newest first, so that a search reads one partition after the other."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection, models

KEPT_SECONDS = 60.0
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_MONTH = re.compile(r"_(\d{4})_(\d{2})$")
_lock = threading.Lock()
_kept: dict[str, tuple[float, tuple[datetime, ...]]] = {}


def months_backwards(model: type[models.Model], before: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
    """Half-open ranges that cover all time: each month with a partition, and the gaps (the DEFAULT partition) between
    them.
    """
    edges = [BEGINNING, *_edges(model), END]
    for start, end in zip(reversed(edges[:-1]), reversed(edges[1:]), strict=True):
        if before is None or start <= before:
            yield start, end


def _edges(model: type[models.Model]) -> tuple[datetime, ...]:
    table = model._meta.db_table
    kept = _kept.get(table)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s)",
            [f'public."{table}"'],
        )
        names = [row[0] for row in cursor.fetchall()]
    edges: set[datetime] = set()
    for name in names:
        if found := _MONTH.search(name):
            year, month = int(found[1]), int(found[2])
            edges.add(datetime(year, month, 1, tzinfo=UTC))
            edges.add(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC))
    result = tuple(sorted(edges))
    with _lock:
        _kept[table] = (time.monotonic() + KEPT_SECONDS, result)
    return result
