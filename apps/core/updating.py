"""Updates of many rows by one statement: what `bulk_update` does, without an expression for each value of each row.

Building and compiling those costs more than everything else about a batch of a few hundred rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from django.db import connections, models, router

Plan = tuple[tuple[Any, ...], str, str]


def update_rows(rows: Collection[models.Model], names: Sequence[str]) -> None:
    """Writes the named fields of rows of one table, as they stand on the instances. Encrypted fields refuse."""
    if not rows:
        return
    model = type(next(iter(rows)))
    alias = router.db_for_write(model)
    fields, head, tail = _plan(model, tuple(names), alias)
    connection = connections[alias]
    params = [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection) for row in rows for field in fields
    ]
    first = ", ".join(f"%s::{_plain_type(field, connection)}" for field in fields)
    others = ", ".join(["%s"] * len(fields))
    values = ", ".join(f"({part})" for part in (first, *[others] * (len(rows) - 1)))
    with connection.cursor() as cursor:
        cursor.execute(f"{head} FROM (VALUES {values}) {tail}", params)


@cache
def _plan(model: type[models.Model], names: tuple[str, ...], alias: str) -> Plan:
    quote = connections[alias].ops.quote_name
    key: Any = model._meta.pk
    fields: tuple[Any, ...] = (key, *(model._meta.get_field(name) for name in names))
    columns = [quote(field.column) for field in fields]
    changes = ", ".join(f"{column} = given.{column}" for column in columns[1:])
    head = f"UPDATE {quote(model._meta.db_table)} AS target SET {changes}"  # noqa: S608 (names of ours)
    return fields, head, f"AS given ({', '.join(columns)}) WHERE target.{columns[0]} = given.{columns[0]}"


def _plain_type(field: Any, connection: Any) -> str:
    """Without its length: a cast to that would cut silently what the column refuses."""
    return re.sub(r"\([\d, ]+\)", "", str(field.db_type(connection)))
