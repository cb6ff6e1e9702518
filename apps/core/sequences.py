"""Ids taken from a table's sequence before the row is written, because encryption binds a value to its row's id."""

from __future__ import annotations

import os
from collections import deque

from django.db import connections, models, router

_blocks: dict[tuple[int, str, str, str], deque[int]] = {}


def next_ids(model: type[models.Model], count: int, *, using: str | None = None) -> list[int]:
    """``count`` fresh ids in one query, ascending."""
    if count == 0:
        return []
    connection = connections[using or router.db_for_write(model)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)::regclass) FROM generate_series(1, %s)",
            [connection.ops.quote_name(model._meta.db_table), model._meta.pk.column, count],
        )
        return sorted(row[0] for row in cursor.fetchall())


def next_id(model: type[models.Model], *, using: str | None = None, block: int = 1) -> int:
    """One fresh id. With ``block`` the process fetches that many at a time; such ids say nothing about the order of
    writing.
    """
    if block == 1:
        return next_ids(model, 1, using=using)[0]
    alias = using or router.db_for_write(model)
    # The process id keeps a forked worker from handing out its parent's block again.
    key = (os.getpid(), alias, str(connections[alias].settings_dict["NAME"]), model._meta.db_table)
    waiting = _blocks.setdefault(key, deque())
    try:
        return waiting.popleft()
    except IndexError:
        first, *others = next_ids(model, block, using=alias)
        waiting.extend(others)
        return first
