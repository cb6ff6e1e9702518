"""The comparison as a table for the terminal, in the active language."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from apps.routing.simulation.comparison import Comparison

Row = tuple[str, str, str, str]


def table(comparison: Comparison) -> str:
    engine, naive, pool = comparison.engine, comparison.naive, comparison.pool
    rows: list[Row] = [
        ("", _("Engine"), _("Naive"), "Erlang A"),
        (_("Answer rate"), _share(engine.answer_rate), _share(naive.answer_rate), _share(pool.answer_rate)),
        (_("Mean wait"), _seconds(engine.mean_wait), _seconds(naive.mean_wait), _seconds(pool.mean_wait)),
        (_("Wait, 95 % below"), _seconds(engine.wait_p95), _seconds(naive.wait_p95), ""),
        (_("Service level"), _share(engine.service_level), _share(naive.service_level), ""),
        (_("Answered by who can help"), _share(engine.help_rate), _share(naive.help_rate), ""),
        (_("Mean wait for them"), _seconds(engine.mean_wait_for_help), _seconds(naive.mean_wait_for_help), ""),
        (_("Occupancy"), _share(engine.occupancy), _share(naive.occupancy), _share(pool.occupancy)),
        (_("Unfairness (Gini)"), f"{engine.unfairness:.3f}", f"{naive.unfairness:.3f}", ""),
        (_("Transfer rate"), _share(engine.transfer_rate), _share(naive.transfer_rate), ""),
    ]
    head = _("%(people)s people, %(customers)s customers a day") % {
        "people": comparison.headcount,
        "customers": round(engine.offered),
    }
    return "\n".join([head, "", *_aligned(rows)])


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _seconds(value: float) -> str:
    return _("%(seconds)s s") % {"seconds": f"{value:.1f}"}


def _aligned(rows: list[Row]) -> Iterable[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for label, *figures in rows:
        yield "  ".join(
            [label + " " * (widths[0] - _width(label))]
            + [" " * (width - _width(text)) + text for text, width in zip(figures, widths[1:], strict=True)]
        ).rstrip()


def _width(text: str) -> int:
    """In columns of a terminal; Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
