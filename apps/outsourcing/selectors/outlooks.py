"""How this month will end for a contract's terms, and which of them are in danger. Figures are those of scorecards."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.clock import now
from apps.metrics.measures import all_measures
from apps.metrics.words import figure_words
from apps.outsourcing.enums import Bound, Outlook
from apps.outsourcing.models import Contract, SlaTerm, TermOutlook
from apps.outsourcing.outlook import Course, Judged, judge
from apps.outsourcing.selectors.periods import Span, month_of, period_of
from apps.outsourcing.selectors.scorecards import values_of_terms


@dataclass(frozen=True, slots=True)
class TermCourse:
    term: SlaTerm
    course: Course
    judged: Judged


@dataclass(frozen=True, slots=True)
class Warned:
    """A term in danger this month, in words."""

    contract: Contract
    term: SlaTerm
    name: str
    words: str
    is_missed: bool


def courses_of(contract: Contract) -> list[TermCourse]:
    """Of the terms whose figures there are, while the contract is in force."""
    moment = now().timestamp()
    month, week = month_of(contract, contract.day(now())), period_of(contract, Span.WEEK)
    if month is None or week is None:
        return []
    terms = [term for term in contract.terms.all() if term.measure in all_measures()]
    months = values_of_terms(contract, terms, period_of(contract, Span.MONTH))
    weeks = values_of_terms(contract, terms, week)
    found = []
    for term in terms:
        course = Course(
            month=months[term.pk],
            week=weeks[term.pk],
            elapsed=moment - month.since.timestamp(),
            left=month.until.timestamp() - moment,
            week_seconds=max(moment - week.since.timestamp(), 1.0),
        )
        found.append(TermCourse(term, course, judge(all_measures()[term.measure], term, course)))
    return found


def warnings_for(actor: Actor, contracts: Iterable[Contract]) -> list[Warned]:
    """Of this month, by the contracts' own clocks; those out of reach first."""
    in_force = [contract for contract in contracts if contract.is_in_force(now())]
    months = {contract.pk: contract.day(now()).replace(day=1) for contract in in_force}
    rows = TermOutlook.objects.visible_to(actor).filter(contract__in=months).exclude(state=Outlook.OK)
    rows = rows.filter(month__in=set(months.values())).select_related("contract__vendor", "term__channel")
    told = [
        Warned(row.contract, row.term, term_name(row.term), words_of(row), row.state == Outlook.MISSED)
        for row in rows
        if row.month == months[row.contract_id] and row.term.measure in all_measures()
    ]
    return sorted(told, key=lambda warned: (not warned.is_missed, warned.contract.number, warned.term.pk))


def words_of(row: TermOutlook) -> str:
    """“at risk: 91.2 % now, 80 % in the last 7 days, agreed at least 90 %; at least 88.1 % needed in the rest of the month”."""
    unit = all_measures()[row.term.measure].unit
    said = _("%(state)s: %(figure)s now, %(week)s in the last 7 days, agreed %(bound)s %(agreed)s") % {
        "state": row.get_state_display(),
        "figure": figure_words(row.figure, unit),
        "week": figure_words(row.week_figure, unit),
        "bound": row.term.get_bound_display(),
        "agreed": figure_words(row.threshold, unit),
    }
    if row.needed is None or row.state != Outlook.AT_RISK:
        return said
    needed = figure_words(_not_less(row.needed) if row.term.bound == Bound.AT_LEAST else row.needed, unit)
    more = _("%(bound)s %(needed)s needed in the rest of the month")
    return f"{said}; {more % {'bound': row.term.get_bound_display(), 'needed': needed}}"


def _not_less(needed: float) -> float:
    """Words cut figures off, and with less than what is needed nothing is attained."""
    return math.ceil(needed * 10 - 1e-9) / 10


def term_name(term: SlaTerm) -> str:
    name = str(all_measures()[term.measure].name)
    return f"{name} · {term.channel.name}" if term.channel else name
