"""What the played days reached, in the measures that the whole project uses.

Answer rate is answered ÷ (offered − those who left within the short-abandon limit); the service level has the same
population; waiting is that of the answered; occupancy counts overlapping work once. All of live channels only.
Being answered by somebody who must pass the customer on is an answer too, so there are two measures beside: of those
whom somebody answered who could help, and how long those waited
in all, transfers included; talking to the wrong person is no waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from apps.routing.simulation.day import Day, Outcome
from apps.routing.simulation.erlang import ErlangA, erlang_a
from apps.routing.simulation.plan import HOUR, Plan, Stream


@dataclass(frozen=True, slots=True)
class Measures:
    """Rates as shares of one, times in seconds."""

    offered: float
    answer_rate: float
    mean_wait: float
    wait_p95: float
    service_level: float
    help_rate: float
    """As the answer rate, of those whom somebody accepted who could help."""
    mean_wait_for_help: float
    occupancy: float
    unfairness: float
    """The Gini coefficient of the people's occupancy: 0 is equal."""
    transfer_rate: float


def measure(plan: Plan, day: Day) -> Measures:
    live = [outcome for outcome in day.outcomes if outcome.contact.stream.is_live]
    counted = [outcome for outcome in live if not _is_short(outcome, plan)]
    waits = sorted(outcome.accepted_at - outcome.contact.at for outcome in live if outcome.accepted_at is not None)
    helps = [outcome.waited for outcome in live if outcome.helped]
    occupancies = [hours.busy / hours.available for hours in day.hours.values() if hours.available > 0]
    available = sum(hours.available for hours in day.hours.values())
    return Measures(
        offered=len(live),
        answer_rate=_share(len(waits), len(counted)),
        mean_wait=fmean(waits) if waits else 0.0,
        wait_p95=waits[min(len(waits) - 1, int(0.95 * len(waits)))] if waits else 0.0,
        service_level=_share(sum(wait <= plan.service_seconds for wait in waits), len(counted)),
        help_rate=_share(len(helps), len(counted)),
        mean_wait_for_help=fmean(helps) if helps else 0.0,
        occupancy=_share(sum(hours.busy for hours in day.hours.values()), available),
        unfairness=gini(occupancies),
        transfer_rate=_share(sum(outcome.transfers for outcome in live), len(waits)),
    )


def mean_of(days: Sequence[Measures]) -> Measures:
    return Measures(**{field.name: fmean(getattr(day, field.name) for day in days) for field in fields(Measures)})


def gini(values: Iterable[float]) -> float:
    ordered = sorted(values)
    total = sum(ordered)
    if total == 0:
        return 0.0
    count = len(ordered)
    return sum((2 * place - count - 1) * value for place, value in enumerate(ordered, start=1)) / (count * total)


def _is_short(outcome: Outcome, plan: Plan) -> bool:
    if outcome.left_at is None or outcome.accepted_at is not None:
        return False
    return outcome.left_at - outcome.contact.at <= plan.short_abandon


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


# --- One pool in which everybody can do everything ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pool:
    """What Erlang A promises for the same people and customers, hour by hour, were there no skills and no sides."""

    answer_rate: float
    mean_wait: float
    occupancy: float


def pooled(plan: Plan) -> Pool:
    """Several pieces at once are counted as so much faster service, which is kind to the pool."""
    hours = sorted({hour for stream in plan.streams for hour in stream.per_hour})
    solved = [(_arrivals(plan, hour), _pooled_hour(plan, hour)) for hour in hours]
    total = sum(arrivals for arrivals, _ in solved)
    answered = sum(arrivals * (1 - hour.abandoned) for arrivals, hour in solved)
    waited = sum(arrivals * (1 - hour.abandoned) * hour.mean_wait_of_served for arrivals, hour in solved)
    people = [(_people_at(plan, hour), result.occupancy) for hour, (_, result) in zip(hours, solved, strict=True)]
    busy = sum(count * occupancy for count, occupancy in people)
    return Pool(
        answer_rate=_share(answered, total),
        mean_wait=plan.accept + _share(waited, answered),
        occupancy=_share(busy, sum(count for count, _ in people)),
    )


def _pooled_hour(plan: Plan, hour: int) -> ErlangA:
    arrivals = _arrivals(plan, hour)
    live = [stream for stream in plan.streams if stream.is_live and stream.per_hour.get(hour)]
    service = sum(stream.per_hour[hour] * (stream.handle + plan.accept) * _weight(plan, stream) for stream in live)
    patience = sum(stream.per_hour[hour] * stream.patience for stream in live)
    return erlang_a(
        per_second=arrivals / HOUR,
        service=service / arrivals if arrivals else 1.0,
        patience=patience / arrivals if arrivals else 1.0,
        people=round(_people_at(plan, hour)),
    )


def _arrivals(plan: Plan, hour: int) -> float:
    return sum(stream.per_hour.get(hour, 0.0) for stream in plan.streams if stream.is_live)


def _people_at(plan: Plan, hour: int) -> float:
    return sum(group.count * (1 - group.absence) for group in plan.people if group.works_at(hour + 0.5))


def _weight(plan: Plan, stream: Stream) -> float:
    """The share of a person that one piece takes."""
    weights = [group.weights[stream.kind] for group in plan.people if stream.kind in group.weights]
    return min(weights) / 100 if weights else 1.0
