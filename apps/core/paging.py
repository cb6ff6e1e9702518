"""Keyset paging: as fast on the thousandth page as on the first, and stable while rows arrive.

A cursor is encrypted and bound to its list, so it shows no internal value and a forged or foreign one is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from apps.core.crypto import derived_key
from apps.core.errors import BadRequest

MAX_SIZE = 200
MAX_CURSOR = 2000

M = TypeVar("M", bound=Model)


class BadCursor(BadRequest):
    code = "core.bad_cursor"


@dataclass(frozen=True)
class KeysetPage(Generic[M]):
    rows: list[M]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class _Column:
    path: str
    descending: bool
    nullable: bool

    def order_by(self, *, backwards: bool) -> OrderBy:
        """Rows without a value come last."""
        descending = self.descending is not backwards
        nulls: dict[str, Any] = {"nulls_first" if backwards else "nulls_last": True} if self.nullable else {}
        return F(self.path).desc(**nulls) if descending else F(self.path).asc(**nulls)

    def beyond(self, value: Any, *, backwards: bool) -> Q:
        """Strictly after ``value`` in the direction of reading."""
        if value is None:
            return Q((f"{self.path}__isnull", False)) if backwards else Q(pk__in=[])
        condition = Q((f"{self.path}__{'lt' if self.descending is not backwards else 'gt'}", value))
        if self.nullable and not backwards:
            condition |= Q((f"{self.path}__isnull", True))
        return condition

    def equal(self, value: Any) -> Q:
        return Q((f"{self.path}__isnull", True)) if value is None else Q((self.path, value))

    def not_before(self, value: Any, *, backwards: bool) -> Q:
        """A redundant bound on the first column, for which the database can use its index."""
        if value is None or self.nullable:
            return Q()
        return Q((f"{self.path}__{'lte' if self.descending is not backwards else 'gte'}", value))

    def read(self, row: Model) -> Any:
        value: Any = row
        for name in self.path.split("__"):
            value = getattr(value, name, None)
        return value


def paginate(queryset: QuerySet[M], *, order: Sequence[str], cursor: str | None, size: int = 50) -> KeysetPage[M]:
    """One page of the queryset in ``order`` (``-created``, as in ``order_by``); the primary key is added as the last
    tie-breaker.
    """
    size = max(1, min(size, MAX_SIZE))
    columns = _columns(queryset, order)
    binding = _binding(queryset, columns)
    backwards, values = _read(cursor, binding, len(columns)) if cursor else (False, [])
    if values:
        queryset = queryset.filter(_after(columns, values, backwards=backwards))
    rows = list(queryset.order_by(*(column.order_by(backwards=backwards) for column in columns))[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)
    return KeysetPage(
        rows=rows,
        next_cursor=_write(rows[-1], columns, binding, backwards=False) if rows and has_next else None,
        previous_cursor=_write(rows[0], columns, binding, backwards=True) if rows and has_previous else None,
    )


def _columns(queryset: QuerySet[M], order: Sequence[str]) -> list[_Column]:
    names = [*order]
    if not {"pk", "id"} & {name.lstrip("-") for name in names}:
        names.append("-pk" if names and names[-1].startswith("-") else "pk")
    return [
        _Column(path=name.lstrip("-"), descending=name.startswith("-"), nullable=_nullable(queryset, name.lstrip("-")))
        for name in names
    ]


def _nullable(queryset: QuerySet[M], path: str) -> bool:
    """Whether a row may lack this value; annotations and joins are taken as such."""
    if path == "pk":
        return False
    try:
        return bool(getattr(queryset.model._meta.get_field(path), "null", True))
    except FieldDoesNotExist:
        return True


def _after(columns: Sequence[_Column], values: Sequence[Any], *, backwards: bool) -> Q:
    condition, ties = Q(pk__in=[]), Q()
    for column, value in zip(columns, values, strict=True):
        condition |= ties & column.beyond(value, backwards=backwards)
        ties &= column.equal(value)
    return columns[0].not_before(values[0], backwards=backwards) & condition


# The cursor itself


def _binding(queryset: QuerySet[M], columns: Sequence[_Column]) -> bytes:
    order = ",".join(f"{'-' if column.descending else ''}{column.path}" for column in columns)
    return f"{queryset.model._meta.label_lower}:{order}".encode()


def _write(row: Model, columns: Sequence[_Column], binding: bytes, *, backwards: bool) -> str:
    body = json.dumps([int(backwards), *(_pack(column.read(row)) for column in columns)], separators=(",", ":"))
    nonce = os.urandom(12)
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, body.encode(), binding)).rstrip(b"=").decode()


def _read(cursor: str, binding: bytes, count: int) -> tuple[bool, list[Any]]:
    try:
        if len(cursor) > MAX_CURSOR:
            raise BadCursor
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        backwards, *values = json.loads(_cipher().decrypt(raw[:12], raw[12:], binding))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise BadCursor from error
    if len(values) != count:
        raise BadCursor
    return bool(backwards), [_unpack(value) for value in values]


_READERS: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "n": Decimal}


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return _READERS[kind](text)


@lru_cache(maxsize=4)
def _cipher_for(key: bytes) -> AESGCM:
    return AESGCM(key)


def _cipher() -> AESGCM:
    return _cipher_for(derived_key("cursor"))
