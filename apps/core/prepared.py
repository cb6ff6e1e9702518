"""Reads whose SQL is compiled once: for what runs on every call and differs in nothing but values.

Django builds a statement anew each time, which for a join of two tables costs more than running it. A prepared read
is an ordinary queryset, built and compiled at the first call with stand-ins in the places of its values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models
from django.db.models.sql.compiler import SQLCompiler
from psycopg import Binary

M = TypeVar("M", bound=models.Model)

STAND_INS: Final[Mapping[type, Callable[[int], Any]]] = {
    int: lambda number: -2_000_000_011 - number,
    str: lambda number: f"\x01stand-in {number}\x01",
    bytes: lambda number: b"\x01stand-in %d\x01" % number,
}
"""Values that stand in no database, by the type of what they stand for."""


class Prepared(Generic[M]):
    """``Prepared(lambda key: Channel.objects.filter(key=key), key=str)``, called as ``channels(key="web")``.

    The values are int, str or bytes, each compared as a whole and as the database stores it: an encrypted field by its blind
    index. How many rows there are, which joins and which order must not depend on them.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], **types: type) -> None:
        self._build = build
        self._stand_ins = {name: STAND_INS[type_](number) for number, (name, type_) in enumerate(types.items())}
        self._compiled: _Compiled[M] | None = None

    def __call__(self, **values: Any) -> list[M]:
        return list(self._queryset(values))

    def first(self, **values: Any) -> M | None:
        return next(iter(self._queryset(values)), None)

    def _queryset(self, values: Mapping[str, Any]) -> models.QuerySet[M]:
        if values.keys() != self._stand_ins.keys():
            raise TypeError(f"The values are {sorted(self._stand_ins)}, not {sorted(values)}.")
        if self._compiled is None:
            self._compiled = _Compiled(self._build(**self._stand_ins), self._stand_ins)
        return self._compiled.queryset(values)


class _Compiled(Generic[M]):
    def __init__(self, queryset: models.QuerySet[M], stand_ins: Mapping[str, Any]) -> None:
        self._template = queryset
        self._compiler = queryset.query.get_compiler(using=queryset.db)
        self.sql, params = self._compiler.as_sql()
        names = {value: name for name, value in stand_ins.items()}
        plain = [value.obj if isinstance(value, Binary) else value for value in params]
        self._params = [(names.get(value) if isinstance(value, int | str | bytes) else None, value) for value in plain]
        missing = stand_ins.keys() - {name for name, _ in self._params}
        if missing:
            raise ImproperlyConfigured(f"The statement has no place for {sorted(missing)}: {self.sql}")

    def queryset(self, values: Mapping[str, Any]) -> models.QuerySet[M]:
        params = tuple(value if name is None else values[name] for name, value in self._params)
        template = self._template
        ready: Any = _Ready(self._compiler, template.db, self.sql, params)
        queryset = type(template)(model=template.model, query=ready, using=template.db)
        for name in ("_iterable_class", "_prefetch_related_lookups", "_known_related_objects"):
            setattr(queryset, name, getattr(template, name))
        return queryset


class _Ready:
    """Stands where a queryset has its query, and knows one thing: the compiler that has nothing left to compile."""

    def __init__(self, compiler: SQLCompiler, alias: str, sql: str, params: tuple[Any, ...]) -> None:
        self._compiler = copy.copy(compiler)
        # Connections belong to threads, statements do not.
        self._compiler.connection = connections[alias]
        self._compiler.as_sql = lambda *_args, **_kwargs: (sql, params)  # type: ignore[method-assign]  # that is the point

    def get_compiler(self, *, using: str) -> SQLCompiler:
        return self._compiler
