from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value
from django.db.models.sql.compiler import SQLCompiler


class NextValue(Func):
    """``nextval('sequence')``, as a column's default in the database."""

    arity = 0
    allowed_default = True

    def __init__(self, sequence: str) -> None:
        self.sequence = sequence
        super().__init__(output_field=models.BigIntegerField())

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **kwargs: Any) -> tuple[str, tuple[()]]:  # type: ignore[override]
        # Into DDL no parameters can be passed; the name is a constant of ours.
        return f"nextval('{self.sequence}')", ()

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "apps.core.models.expressions.NextValue", [self.sequence], {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NextValue) and other.sequence == self.sequence

    def __hash__(self) -> int:
        return hash(("NextValue", self.sequence))


class AnyOf(Func):
    """``value = ANY(array)``. No `Exact` lookup: that puts its right side in parentheses, and ANY is no value."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def any_of(column: str, ids: Iterable[int]) -> Q:
    """``column = ANY(array)``: one parameter however many ids, so one plan for everybody."""
    return Q(AnyOf(F(column), Value(list(ids), output_field=ArrayField(BigIntegerField()))))
