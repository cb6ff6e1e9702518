"""The comparison as a picture, over floors of several sizes, in the active language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.routing.simulation.chart import Panel, svg
from apps.routing.simulation.comparison import ANSWER_RATE, MEAN_WAIT, Comparison


def picture(comparisons: Sequence[Comparison]) -> str:
    sizes = [comparison.headcount for comparison in comparisons]
    people = _("people")
    answered = Panel(
        _("Answered by who can help, %"),
        people,
        sizes,
        {
            _("Engine"): [100 * one.engine.help_rate for one in comparisons],
            _("Naive"): [100 * one.naive.help_rate for one in comparisons],
            "Erlang A": [100 * one.pool.answer_rate for one in comparisons],
        },
        target=100 * ANSWER_RATE,
        target_name=_("target"),
        top=100,
        bottom=50,
    )
    waited = Panel(
        _("Mean wait for them, s"),
        people,
        sizes,
        {
            _("Engine"): [one.engine.mean_wait_for_help for one in comparisons],
            _("Naive"): [one.naive.mean_wait_for_help for one in comparisons],
            "Erlang A": [one.pool.mean_wait for one in comparisons],
        },
        target=MEAN_WAIT,
        target_name=_("target"),
        top=60,
    )
    return svg(_("How many people the floor needs"), [answered, waited])
