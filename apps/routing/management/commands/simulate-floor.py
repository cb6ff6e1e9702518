"""Plays days of a floor with the real routing engine and says what it would reach.

The file has a hyphen because the command has one: `manage.py simulate-floor`.
"""  # noqa: N999 (the file is the name of the command)

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from apps.routing.simulation.comparison import Comparison, compare, engine, fewest, naive
from apps.routing.simulation.picture import picture
from apps.routing.simulation.plan import HYBRID, Plan, UnreadablePlan, read_plan
from apps.routing.simulation.report import table


class Command(BaseCommand):
    help = "Plays days of a floor with the real routing engine, beside Erlang A and naive routing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "plan", nargs="?", type=Path, default=HYBRID, help="a floor in TOML; without one, the demo's"
        )
        parser.add_argument("--days", type=int, default=3, help="how many days are played")
        parser.add_argument("--seed", type=int, default=1, help="of the first day; the same seed plays the same day")
        parser.add_argument("--people", type=int, help="another headcount, in the floor's proportions")
        parser.add_argument("--fewest", action="store_true", help="find the smallest floors that reach the targets")
        parser.add_argument("--chart", type=Path, help="write a picture over floors of several sizes (SVG)")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="zh-hans")

    def handle(self, *args: Any, **given: Any) -> None:
        plan = self._plan(given["plan"], given["people"])
        if given["days"] < 1:
            raise CommandError("--days must be at least 1")
        seeds = range(given["seed"], given["seed"] + given["days"])
        with translation.override(given["language"]):
            self.stdout.write(table(compare(plan, seeds)))
            if given["fewest"]:
                self._write_fewest(plan, seeds)
            if given["chart"]:
                given["chart"].write_text(picture(_sweep(plan, seeds)), "utf-8")

    def _plan(self, path: Path, people: int | None) -> Plan:
        try:
            plan = read_plan(path)
        except UnreadablePlan as error:
            raise CommandError(str(error)) from error
        if people is None:
            return plan
        if people < 1:
            raise CommandError("--people must be at least 1")
        return plan.with_headcount(people)

    def _write_fewest(self, plan: Plan, seeds: range) -> None:
        needed = {"engine": fewest(plan, engine, seeds), "naive": fewest(plan, naive, seeds)}
        self.stdout.write("\n" + _("Needed for the targets: %(engine)s people; with naive routing %(naive)s.") % needed)


def _sweep(plan: Plan, seeds: range) -> list[Comparison]:
    """From two thirds of the floor to four thirds, in ten steps."""
    sizes = sorted({max(1, round(plan.headcount * share / 15)) for share in range(10, 21)})
    return [compare(plan.with_headcount(size), seeds) for size in sizes]
