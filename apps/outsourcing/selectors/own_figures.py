"""How somebody does themselves, today and in the last seven days, and what their company's contract asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from apps.accounts.access import access_of
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.metrics.measures import WHOLE, Among, Measure, Period, all_measures, last, today
from apps.metrics.selectors.figures import figures
from apps.outsourcing.models import Contract, SlaTerm
from apps.sla.enums import Target

SHOWN: Final = (
    "taken", "contacts", "first_reply", "sla_attainment", "handle_time", "resolved", "first_contact_resolution",
    "ratings", "csat", "offers_missed",
)  # fmt: skip
WEEK: Final = timedelta(days=7)

Value = float | None


@dataclass(frozen=True, slots=True)
class OwnLine:
    measure: Measure
    today: Value
    week: Value


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """What the company has to reach, beside one's own figure of the last seven days."""

    term: SlaTerm
    measure: Measure
    value: Value

    @property
    def is_met(self) -> bool | None:
        return self.term.is_met_by(self.value)


@dataclass(frozen=True, slots=True)
class OwnFigures:
    lines: Sequence[OwnLine]
    first_replies_in_time: tuple[Value, Value]
    """Of the promised first replies, today and in the last seven days."""
    terms: Sequence[OwnTerm]


def own_figures(actor: Actor) -> OwnFigures:
    """They are one's own, so no grant narrows them: also of work that has been taken out of one's sight since."""
    mine, week = Among(user_id=actor.user_id or 0), last(WEEK)
    day_values, week_values = _whole(SHOWN, today(), mine), _whole(SHOWN, week, mine)
    return OwnFigures(
        lines=[OwnLine(all_measures()[key], day_values[key], week_values[key]) for key in SHOWN],
        first_replies_in_time=(_first_replies(today(), mine), _first_replies(week, mine)),
        terms=_terms(actor, mine, week),
    )


def _first_replies(period: Period, mine: Among) -> Value:
    told = figures(SYSTEM, ["sla_attainment"], period, "target", mine)[0]
    return next((figure.value for figure in told.figures if figure.key == Target.FIRST_REPLY), None)


def _terms(actor: Actor, mine: Among, period: Period) -> list[OwnTerm]:
    """Only what a single person can have a figure of."""
    contract = _contract_of(access_of(actor).vendor_id)
    found = []
    for term in contract.terms.all() if contract else ():
        measure = all_measures().get(term.measure)
        if measure is not None and "agent" in measure.table.dimensions:
            channels = (term.channel_id,) if term.channel_id else None
            among = replace(mine, channel_ids=channels)
            found.append(OwnTerm(term, measure, _whole([term.measure], period, among)[term.measure]))
    return found


def _contract_of(vendor_id: int | None) -> Contract | None:
    if vendor_id is None:
        return None
    rows = Contract.objects.live().filter(vendor=vendor_id).prefetch_related("terms__channel")
    return next((row for row in rows if row.is_in_force(now())), None)


def _whole(keys: Iterable[str], period: Period, among: Among) -> Mapping[str, Value]:
    told = figures(SYSTEM, keys, period, WHOLE, among)
    return {one.measure.key: one.figures[0].value if one.figures else None for one in told}
