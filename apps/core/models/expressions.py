from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
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
