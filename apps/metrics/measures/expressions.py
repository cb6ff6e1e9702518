"""Aggregates that several tables use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce


class Percentile90(Aggregate):
    """What nine of ten stay below."""

    template = "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def between(start: str, end: str | Any) -> ExpressionWrapper[Any]:
    end = F(end) if isinstance(end, str) else end
    return ExpressionWrapper(end - F(start), output_field=DurationField())


def seconds_of(column: str, otherwise: int) -> ExpressionWrapper[Any]:
    """A column of whole seconds as a duration."""
    number = Coalesce(F(column), Value(otherwise))
    return ExpressionWrapper(number * Value(timedelta(seconds=1), DurationField()), output_field=DurationField())
