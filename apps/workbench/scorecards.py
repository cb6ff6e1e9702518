"""What the pages and files of scorecards draw: figures in words, and the course of weeks as a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from apps.core.sheets import Sheet
from apps.metrics.words import figure_words
from apps.outsourcing.selectors.periods import Span
from apps.outsourcing.selectors.scorecards import Comparison, Parted, Scorecard, Standing

WIDTH, HEIGHT, EDGE = 120, 32, 3
FEWEST: Final = 2
"""One point is no course."""

Points = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Spark:
    """A small chart: runs of weeks that have a figure, the last point, and the line of what was agreed."""

    runs: list[str]
    last: tuple[float, float] | None
    agreed: float
    words: str


def spark_of(standing: Standing) -> Spark | None:
    values = standing.weeks
    known = [value for value in values if value is not None]
    if len(known) < FEWEST:
        return None
    low, high = min(*known, standing.term.threshold), max(*known, standing.term.threshold)
    places = list(_places(values, low, high))
    unit = standing.measure.unit
    return Spark(
        runs=[" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in _runs(places)],
        last=next((place for place in reversed(places) if place is not None), None),
        agreed=_height(standing.term.threshold, low, high),
        words=", ".join(figure_words(value, unit) for value in values),
    )


def _places(values: Points, low: float, high: float) -> Iterable[tuple[float, float] | None]:
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    for number, value in enumerate(values):
        yield None if value is None else (round(EDGE + number * step, 1), _height(value, low, high))


def _height(value: float, low: float, high: float) -> float:
    """From above, as drawings count."""
    share = (value - low) / (high - low) if high > low else 0.5
    return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)


def _runs(places: Iterable[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """A week without a figure breaks the line instead of being bridged."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


# --- Files ------------------------------------------------------------------------------------------------------------


def sheets_of(card: Scorecard) -> list[Sheet]:
    """Plain numbers in the measures' own units, so that they can be calculated with."""
    return [
        (_("Agreed"), _terms_head(card), [_term_row(card, standing) for standing in card.standings]),
        (_("Figures"), _beside_head(card), [_beside_row(card, row) for row in card.beside]),
        (_("People"), *_lines(card.agents, _("Person"))),
        (_("Channels"), *_lines(card.channels, _("Channel"))),
    ]


def _terms_head(card: Scorecard) -> list[str]:
    spans = [str(span.label) for span in (Span.TODAY, Span.WEEK, Span.MONTH)]
    head = [_("Figure"), _("Channel"), _("Unit"), _("Agreed"), "", str(card.span.label), _("Attained"), *spans]
    return [*head, _("The house")] if card.has_house else head


def _term_row(card: Scorecard, standing: Standing) -> list[object]:
    term = standing.term
    row: list[object] = [
        str(standing.measure.name),
        str(term.channel.name) if term.channel else _("all"),
        str(standing.measure.unit.label),
        str(term.get_bound_display()),
        term.threshold,
        _plain(standing.value),
        {True: _("yes"), False: _("no"), None: ""}[standing.is_met],
        *(_plain(value) for value in standing.by_span.values()),
    ]
    return [*row, _plain(standing.house)] if card.has_house else row


def _beside_head(card: Scorecard) -> list[str]:
    head = [_("Figure"), _("Unit"), str(card.contract.vendor.name)]
    return [*head, _("The house")] if card.has_house else head


def _beside_row(card: Scorecard, row: Comparison) -> list[object]:
    measure = row.measure
    cells: list[object] = [str(measure.name), str(measure.unit.label), _plain(row.own)]
    return [*cells, _plain(row.house)] if card.has_house else cells


def _lines(parted: Parted, head: str) -> tuple[list[str], list[list[object]]]:
    heads = [head, *(f"{measure.name} ({measure.unit.label})" for measure in parted.measures)]
    return heads, [[line.label or line.key, *map(_plain, line.values)] for line in parted.lines]


def _plain(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
