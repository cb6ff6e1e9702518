"""How a figure is written: by its unit, short, and never better than it is."""

from __future__ import annotations

import math

from apps.core.words import clock_words
from apps.metrics.enums import Unit

NONE = "–"
MINUTE = 60


def figure_words(value: float | None, unit: str) -> str:
    """A share that would round up to its goal does not reach it, so shares are cut after the first decimal."""
    if value is None:
        return NONE
    match unit:
        case Unit.PERCENT:
            return f"{math.floor(value * 10 + 1e-9) / 10:g} %"
        case Unit.SECONDS:
            return f"{value:.0f} s" if value < MINUTE else clock_words(round(value))
        case Unit.AVERAGE:
            return f"{value:.2f}"
        case _:
            return f"{value:.0f}"
