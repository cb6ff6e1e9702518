"""How a vendor does by its contract. Each figure is that of `apps.metrics`, of the vendor's people, in the contract's queues
and on its channels; of work that nobody stands behind, such as waiting in a line, it is that of the lines which the vendor serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypedDict

from apps.accounts.access import access_of
from apps.core.actor import SYSTEM, Actor, ActorKind
from apps.core.errors import NotVisible
from apps.metrics.measures import WHOLE, Among, Measure, Period, all_measures
from apps.metrics.selectors.figures import Figure, figures
from apps.outsourcing.enums import Bound
from apps.outsourcing.models import Contract, SlaTerm
from apps.outsourcing.querysets import ContractQuerySet
from apps.outsourcing.selectors.periods import STANDING, Span, last_weeks, period_of
from apps.tickets.selectors.vocabulary import vocabulary

BESIDE: Final = (
    "contacts", "taken", "resolved", "first_contact_resolution", "reopened_share", "sla_attainment", "first_reply",
    "handle_time", "ratings", "csat", "mean_rating", "transfers", "offers_missed", "offers_declined", "failed_attempts",
    "handed_back_unsolved", "side_time", "side_time_share", "hand_overs_per_100",
)  # fmt: skip
"""What a scorecard tells beside the terms."""
OF_EACH: Final = (
    "contacts", "resolved", "sla_attainment", "first_reply", "handle_time", "csat", "first_contact_resolution", "transfers",
)  # fmt: skip
"""What it tells of each agent and each channel."""

Value = float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A term: its figure now, in each of the periods side by side, and how it went week by week."""

    term: SlaTerm
    measure: Measure
    value: Value
    by_span: Mapping[Span, Value]
    weeks: Sequence[Value]
    house: Value
    is_of_lines: bool
    """Nobody stands behind it, so it is neither the vendor's nor the house's alone."""

    @property
    def is_met(self) -> bool | None:
        return self.term.is_met_by(self.value)

    @property
    def gap(self) -> Value:
        """How much better than agreed; below zero, how much is missing."""
        if self.value is None:
            return None
        above = self.value - self.term.threshold
        return above if self.term.bound == Bound.AT_LEAST else -above


@dataclass(frozen=True, slots=True)
class Comparison:
    measure: Measure
    own: Value
    house: Value


@dataclass(frozen=True, slots=True)
class Line:
    """One agent or one channel, with its figures in the order of the table's measures."""

    key: str
    label: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Parted:
    measures: Sequence[Measure]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Scorecard:
    contract: Contract
    span: Span
    period: Period | None
    has_house: bool
    standings: Sequence[Standing]
    beside: Sequence[Comparison]
    planned_share: int | None
    actual_share: Value
    agents: Parted
    channels: Parted

    @property
    def met(self) -> int:
        return sum(standing.is_met is True for standing in self.standings)

    @property
    def missed(self) -> int:
        return sum(standing.is_met is False for standing in self.standings)


def contracts_measured_for(actor: Actor) -> ContractQuerySet:
    """The newest first, with all that a scorecard asks of them."""
    return Contract.objects.measured_for(actor).whole().order_by("-starts_on", "number")


def contract_measured_for(actor: Actor, number: str) -> Contract:
    contract = contracts_measured_for(actor).filter(number=number).first()
    if contract is None:
        raise NotVisible
    return contract


def scorecard(contract: Contract, span: Span, *, actor: Actor) -> Scorecard:
    """The contract is one that the actor may look at so (`measured_for`). The house's own figures are the house's."""
    period, has_house = period_of(contract, span), not is_vendors(actor)
    return Scorecard(
        contract=contract,
        span=span,
        period=period,
        has_house=has_house,
        standings=standings(contract, period, has_house=has_house),
        beside=_beside(contract, period, has_house=has_house),
        planned_share=contract.share_percent,
        actual_share=actual_share(contract, period),
        agents=_parted(contract, period, "agent"),
        channels=_parted(contract, period, "channel"),
    )


def is_vendors(actor: Actor) -> bool:
    return actor.kind is not ActorKind.SYSTEM and access_of(actor).is_outsourced


# --- Terms ------------------------------------------------------------------------------------------------------------


def standings(contract: Contract, period: Period | None, *, has_house: bool = False) -> list[Standing]:
    """Each period is read once for all terms of a channel, however many terms there are."""
    terms = [term for term in contract.terms.all() if term.measure in all_measures()]
    now_values = values_of_terms(contract, terms, period)
    spans = {span: values_of_terms(contract, terms, period_of(contract, span)) for span in STANDING}
    weeks = [values_of_terms(contract, terms, week) for week in last_weeks(contract)]
    house = values_of_terms(contract, terms, period, of_house=True) if has_house else {}
    return [
        Standing(
            term=term,
            measure=all_measures()[term.measure],
            value=now_values[term.pk],
            by_span={span: values[term.pk] for span, values in spans.items()},
            weeks=[week[term.pk] for week in weeks],
            house=house.get(term.pk),
            is_of_lines="vendor" not in all_measures()[term.measure].table.dimensions,
        )
        for term in terms
    ]


def values_of_terms(
    contract: Contract, terms: Sequence[SlaTerm], period: Period | None, *, of_house: bool = False
) -> dict[int, Value]:
    """By term. Of the house, work that nobody stands behind has no figure of its own."""
    found: dict[int, Value] = {term.pk: None for term in terms}
    if period is None:
        return found
    for channel_id in {term.channel_id for term in terms}:
        own = [term for term in terms if term.channel_id == channel_id]
        among = _among(contract, channel_id, of_house=of_house)
        values = _whole(dict.fromkeys(term.measure for term in own), period, among)
        for term in own:
            is_told = not of_house or "vendor" in all_measures()[term.measure].table.dimensions
            found[term.pk] = values[term.measure] if is_told else None
    return found


# --- Beside them --------------------------------------------------------------------------------------------------------


def _beside(contract: Contract, period: Period | None, *, has_house: bool) -> list[Comparison]:
    own = _whole(BESIDE, period, _among(contract))
    house = _whole(BESIDE, period, _among(contract, of_house=True)) if has_house else {}
    return [Comparison(all_measures()[key], own[key], house.get(key)) for key in BESIDE]


def actual_share(contract: Contract, period: Period | None) -> Value:
    """Of the conversations that anybody held in the contract's queues and on its channels, those the vendor's people held."""
    among = _among(contract)
    own = _whole(["contacts"], period, among)["contacts"]
    total = _whole(["contacts"], period, replace(among, vendor_id=None))["contacts"]
    return 100 * (own or 0) / total if total else None


PAID_FOR: Final = ("contacts", "resolved", "signed_in_time")


class Volumes(TypedDict):
    total: dict[str, Value]
    lines: list[dict[str, Any]]


def volumes_of(contract: Contract, period: Period) -> Volumes:
    """What can be paid for: as a whole, and by channel as far as channels part it."""
    parted = ("contacts", "resolved")
    told = figures(SYSTEM, parted, period, "channel", _among(contract))
    lines: dict[str, dict[str, Any]] = {}
    for one in told:
        for figure in one.figures:
            line = lines.setdefault(figure.key, {"key": figure.key, "label": figure.label, **dict.fromkeys(parted, 0)})
            line[one.measure.key] = figure.value
    return {"total": _whole(PAID_FOR, period, _among(contract)), "lines": list(lines.values())}


def _parted(contract: Contract, period: Period | None, by: str) -> Parted:
    measures = [all_measures()[key] for key in OF_EACH]
    if period is None:
        return Parted(measures, [])
    told = figures(SYSTEM, OF_EACH, period, by, _among(contract))
    names = {figure.key: figure.label for one in told for figure in one.figures if figure.key}
    values = [_by_key(one.figures) for one in told]
    lines = [Line(key, label, [each.get(key) for each in values]) for key, label in names.items()]
    return Parted(measures, sorted(lines, key=lambda line: line.label))


def _by_key(found: Iterable[Figure]) -> dict[str, Value]:
    return {figure.key: figure.value for figure in found}


def _whole(keys: Iterable[str], period: Period | None, among: Among) -> dict[str, Value]:
    keys = list(keys)
    if period is None:
        return dict.fromkeys(keys)
    return {
        one.measure.key: one.figures[0].value if one.figures else None
        for one in figures(SYSTEM, keys, period, WHOLE, among)
    }


def _among(contract: Contract, channel_id: int | None = None, *, of_house: bool = False) -> Among:
    channels = [channel_id] if channel_id else [row.pk for row in contract.channels.all()]
    return Among(
        queue_ids=tuple(row.pk for row in contract.queues.all()),
        channel_ids=tuple(channels),
        category_ids=_categories(contract),
        vendor_id=None if of_house else contract.vendor_id,
        is_house=of_house,
    )


def _categories(contract: Contract) -> tuple[int, ...] | None:
    if contract.covers_all_categories:
        return None
    words = vocabulary()
    return tuple({below for row in contract.categories.all() for below in words.descendants(row.pk)})
