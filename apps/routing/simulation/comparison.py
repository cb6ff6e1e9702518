"""The engine beside naive routing, on the same days; and how many people each needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from apps.routing.simulation.day import play
from apps.routing.simulation.measures import Measures, Pool, mean_of, measure, pooled
from apps.routing.simulation.plan import Plan
from apps.routing.simulation.routers import EngineRouter, NaiveRouter, Router

ANSWER_RATE: Final = 0.92
MEAN_WAIT: Final = 30.0

MakeRouter = Callable[[Plan, int], Router]


def engine(plan: Plan, _seed: int) -> Router:
    return EngineRouter(plan)


def naive(_plan: Plan, seed: int) -> Router:
    return NaiveRouter(seed)


@dataclass(frozen=True, slots=True)
class Comparison:
    headcount: int
    engine: Measures
    naive: Measures
    pool: Pool


def compare(plan: Plan, seeds: Sequence[int]) -> Comparison:
    return Comparison(plan.headcount, reached(plan, engine, seeds), reached(plan, naive, seeds), pooled(plan))


def reached(plan: Plan, make: MakeRouter, seeds: Sequence[int]) -> Measures:
    return mean_of([measure(plan, play(plan, make(plan, seed), seed)) for seed in seeds])


def is_enough(measures: Measures) -> bool:
    """By the answers that help: an answer by somebody who must pass the customer on keeps no promise."""
    return measures.help_rate >= ANSWER_RATE and measures.mean_wait_for_help <= MEAN_WAIT


def fewest(plan: Plan, make: MakeRouter, seeds: Sequence[int]) -> int:
    """The smallest headcount that reaches the targets, by halving; one more than three times the floor's if none does."""
    low, high = 1, 3 * plan.headcount + 1
    while low < high:
        middle = (low + high) // 2
        if is_enough(reached(plan.with_headcount(middle), make, seeds)):
            high = middle
        else:
            low = middle + 1
    return low
