"""Figures in words, each by its measure's unit."""

from collections.abc import Iterable, Sequence

from django import template

from apps.metrics.measures import Measure
from apps.metrics.words import figure_words

register = template.Library()


@register.filter
def told(value: float | None, measure: Measure) -> str:
    return figure_words(value, measure.unit)


@register.filter
def percent(value: float | None) -> str:
    return figure_words(value, "percent")


@register.filter
def distance(value: float | None, measure: Measure) -> str:
    """How far from what was agreed, with its sign."""
    if value is None:
        return ""
    sign = "−" if value < 0 else "+"
    return f"{sign}{figure_words(abs(value), measure.unit)}"


@register.filter
def beside(values: Sequence[float | None], measures: Sequence[Measure]) -> Iterable[tuple[float | None, Measure]]:
    return zip(values, measures, strict=True)
