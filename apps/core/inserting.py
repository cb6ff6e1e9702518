"""Inserts by statements that are built once: for the few places that write many small rows per input.

What `Model.save` adds (signals, deciding between insert and update, a statement built anew) costs more than the
writing itself. Fields still prepare their values, so encryption, blind indexes and times work as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now
from django.db.models.sql import InsertQuery

from apps.core.sequences import next_ids

Rows = dict[tuple[type[models.Model], bool], list[models.Model]]
"""By table, and whether a taken unique key makes the row superfluous."""

_gathered: ContextVar[Rows | None] = ContextVar("core.gathered_rows", default=None)


def insert(*rows: models.Model, ignore_conflicts: bool = False) -> None:
    """Inserts new rows, all in one round trip: now, or at the end of the `gathered` block around.

    What is put off is written as it is then, with all that was changed on it since.
    """
    by_model: Rows = {}
    for row in rows:
        by_model.setdefault((type(row), ignore_conflicts), []).append(row)
    for of_model in by_model.values():
        _take_ids(of_model)
    if (waiting := _gathered.get()) is None:
        _write(by_model)
    else:
        _add(waiting, by_model)


@contextmanager
def gathered() -> Iterator[None]:
    """Puts off what `insert` is given in the block to its end: for rows that nobody reads before.

    Belongs inside a transaction. Rows of one table keep their order. A block inside another hands its rows to the
    outer one; those of a block that fails are dropped, so put one around whatever may go back to a savepoint.
    """
    outer, rows = _gathered.get(), Rows()
    token = _gathered.set(rows)
    try:
        yield
    finally:
        _gathered.reset(token)
    if outer is None:
        _write(rows)
    else:
        _add(outer, rows)


def insert_unless_there(row: models.Model, *, returning: Sequence[str] = ()) -> bool:
    """Inserts at once, unless a unique key is taken (a concurrent holder is waited for); says whether it did.

    The fields named in `returning` are read back, where the database computes them.
    """
    _take_id(row)
    alias = _alias(type(row))
    connection = connections[alias]
    sql, params = _statement(type(row), [row], alias)
    names = ", ".join(connection.ops.quote_name(_column(type(row), name)) for name in ("pk", *returning))
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ON CONFLICT DO NOTHING RETURNING {names}", params)
        found = cursor.fetchone()
    if found is None:
        return False
    for name, value in zip(returning, found[1:], strict=True):
        setattr(row, name, value)
    _mark_written(row, alias)
    return True


def _add(rows: Rows, more: Rows) -> None:
    for key, of_model in more.items():
        rows.setdefault(key, []).extend(of_model)


def _write(rows: Rows) -> None:
    if not rows:
        return
    alias = _alias(next(model for model, _ in rows))
    statements, params = [], list[Any]()
    for (model, ignore_conflicts), of_model in rows.items():
        sql, values = _statement(model, of_model, alias)
        statements.append(f"{sql} ON CONFLICT DO NOTHING" if ignore_conflicts else sql)
        params += values
    with connections[alias].cursor() as cursor:
        cursor.execute("; ".join(statements), params)
    for of_model in rows.values():
        for row in of_model:
            _mark_written(row, alias)


def _alias(model: type[models.Model]) -> str:
    return router.db_for_write(model)


def _take_id(row: models.Model) -> None:
    if row.pk is None:
        row.pk = row._meta.pk.get_pk_value_on_save(row)


def _take_ids(rows: Sequence[models.Model]) -> None:
    """With one question for all of a table whose ids tell the order of writing."""
    missing = [row for row in rows if row.pk is None]
    if len(missing) > 1 and getattr(rows[0]._meta.pk, "block", 0) == 1:
        for row, pk in zip(missing, next_ids(type(rows[0]), len(missing)), strict=True):
            row.pk = pk
    for row in missing:
        _take_id(row)


def _mark_written(row: models.Model, alias: str) -> None:
    row._state.adding, row._state.db = False, alias
    for field in _plan(type(row))[1]:
        # What the database chose is read when somebody asks.
        if isinstance(row.__dict__.get(field.attname), DatabaseDefault):
            del row.__dict__[field.attname]


@cache
def _plan(model: type[models.Model]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(model._meta.local_concrete_fields)
    names = ", ".join(f'"{field.column}"' for field in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ', fields  # noqa: S608 (names of ours)


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.pk.column if name == "pk" else model._meta.get_field(name).column)  # type: ignore[union-attr]


def _statement(model: type[models.Model], rows: Sequence[models.Model], alias: str) -> tuple[str, list[Any]]:
    head, fields = _plan(model)
    params: list[Any] = []
    connection = connections[alias]
    places = [f"({', '.join([_place(field, row, connection, params) for field in fields])})" for row in rows]
    return head + ", ".join(places), params


def _place(field: Any, row: models.Model, connection: BaseDatabaseWrapper, params: list[Any]) -> str:
    """How one value stands in the statement; what is passed beside it is added to `params`."""
    value = field.pre_save(row, True)
    if isinstance(value, DatabaseDefault) or (value is None and field.primary_key):
        return "DEFAULT"
    if type(value) is Now:  # the one expression that rows of ours are written with again and again
        return "STATEMENT_TIMESTAMP()"
    if hasattr(value, "resolve_expression"):
        query = InsertQuery(type(row))
        compiler = query.get_compiler(connection=connection)
        sql, more = compiler.compile(value.resolve_expression(query, allow_joins=False, for_save=True))
        params.extend(more)
        return str(sql)
    params.append(field.get_db_prep_save(value, connection))
    if hasattr(field, "get_placeholder"):
        return str(field.get_placeholder(value, None, connection))
    return "%s"


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Inserts many rows of one table by COPY, which needs no statement with a place for each value. Values are plain: what
    the database is to choose, it chooses for all rows.
    """
    if not rows:
        return
    model = type(rows[0])
    alias = _alias(model)
    for row, pk in zip(missing := [row for row in rows if row.pk is None], next_ids(model, len(missing)), strict=True):
        row.pk = pk
    connection = connections[alias]
    fields = [
        field for field in _plan(model)[1] if not isinstance(rows[0].__dict__.get(field.attname), DatabaseDefault)
    ]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    # Sealing may have to ask for a key, and a connection that copies answers no questions.
    prepared = [[field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields] for row in rows]
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
        for values in prepared:
            copy.write_row(values)
