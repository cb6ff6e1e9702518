"""One table: which of its values are under which key, and a batch of them brought over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from apps.core import crypto
from apps.core.fields import EncryptedField, encrypted_fields

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    last: int
    """The last row that was looked at."""
    done: int
    """Values brought over."""
    unreadable: int
    """Values that do not open, and stay as they are."""


def models_with_encryption() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if encrypted_fields(model) and model._meta.managed and not model._meta.proxy
    ]


def may_be_rewrapped(model: type[models.Model]) -> bool:
    """Append-only tables are changed by the owner of the database alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [_quote(model._meta.db_table)])
        return bool(cursor.fetchone()[0])


def values_by_key(model: type[models.Model]) -> dict[int, int]:
    """How many of the table's values each data key has sealed. Reads the whole table."""
    table = _quote(model._meta.db_table)
    columns = " UNION ALL ".join(
        f"SELECT substring({name} FROM 2 FOR 4) AS key FROM {table} WHERE length({name}) > 0"  # noqa: S608 (own names)
        for name in _columns(model)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, count(*) FROM ({columns}) AS sealed GROUP BY key")  # noqa: S608 (own names)
        return {int.from_bytes(bytes(key), "big"): count for key, count in cursor.fetchall()}


def older_values(model: type[models.Model], *, key_id: int) -> int:
    return sum(count for key, count in values_by_key(model).items() if key != key_id)


def rewrap_batch(model: type[models.Model], *, key_id: int, after: int, size: int) -> Batch | None:
    """Bring the next rows under the active key, which is `key_id`; None when there are none behind `after`.

    Rows that somebody holds are left for the next pass, so that nobody ever waits in a circle with us. Nothing but the
    ciphertext changes: no time, no version, no event.
    """
    rows = _behind(model, key_id=key_id, after=after, size=size)
    if not rows:
        return None
    fields = list(encrypted_fields(model).values())
    renewed = [_renewed(row, fields, key_id) for row in rows]
    changed = [row for row, done, _bad in renewed if done]
    if changed:
        _write(model, changed)
    return Batch(rows[-1][0], sum(done for _row, done, _bad in renewed), sum(bad for _row, _done, bad in renewed))


def _behind(model: type[models.Model], *, key_id: int, after: int, size: int) -> list[Row]:
    names, key, table = _columns(model), _key(model), _quote(model._meta.db_table)
    older = " OR ".join(f"(length({name}) > 0 AND substring({name} FROM 2 FOR 4) <> %s)" for name in names)
    query = (
        f"SELECT {key}, {', '.join(names)} FROM {table} WHERE {key} > %s AND ({older})"  # noqa: S608 (own names)
        f" ORDER BY {key} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [after, *[key_id.to_bytes(4, "big")] * len(names), size])
        return [(row[0], *(None if value is None else bytes(value) for value in row[1:])) for row in cursor.fetchall()]


def _renewed(row: Row, fields: Sequence[EncryptedField[Any, Any]], key_id: int) -> tuple[Row, int, int]:
    values, done, unreadable = [], 0, 0
    for field, value in zip(fields, row[1:], strict=True):
        renewed = value
        if value and crypto.key_id_of(value) != key_id:
            aad = field.aad(row[0])
            try:
                renewed, done = crypto.seal(crypto.unseal(value, aad), aad), done + 1
            except crypto.DecryptionError:
                unreadable += 1
        values.append(renewed)
    return (row[0], *values), done, unreadable


def _write(model: type[models.Model], rows: list[Row]) -> None:
    names, table = _columns(model), _quote(model._meta.db_table)
    made = [f"unnest(%s::bytea[]) AS v{number}" for number in range(len(names))]
    new = ", ".join(f"{name} = renewed.v{number}" for number, name in enumerate(names))
    query = (
        f"UPDATE {table} AS old SET {new} FROM (SELECT unnest(%s::bigint[]) AS id, {', '.join(made)}) AS renewed"  # noqa: S608 (own names)
        f" WHERE old.{_key(model)} = renewed.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(column) for column in zip(*rows, strict=True)])


def _columns(model: type[models.Model]) -> list[str]:
    return [_quote(str(field.column)) for field in encrypted_fields(model).values()]


def _key(model: type[models.Model]) -> str:
    return _quote(str(model._meta.pk.column))


def _quote(name: str) -> str:
    return str(connection.ops.quote_name(name))
