"""What chance brings on a day: who comes when, how patient they are, how long they take, who is absent.

Drawn before the day begins, from the seed alone, so that each way of routing meets the very same customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from random import Random

from apps.routing.engine.types import Agent
from apps.routing.simulation.plan import HOUR, People, Plan, Stream


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer who comes."""

    id: int
    stream: Stream
    at: float
    patience: float
    handle: float


@dataclass(frozen=True, slots=True)
class Worker:
    """One person of the day, with the seconds between which they work."""

    agent: Agent
    spans: tuple[tuple[float, float], ...]


def chance_of(seed: int, name: str) -> Random:
    """Each stream and each group has chances of its own, so that a change of one leaves the others as they were."""
    return Random(f"{seed} {name}")  # noqa: S311 (nothing here is secret)


def contacts_of(plan: Plan, seed: int) -> list[Contact]:
    drawn = [contact for stream in plan.streams for contact in _contacts(stream, chance_of(seed, stream.name))]
    drawn.sort(key=lambda one: (one[1], one[0].name))
    return [Contact(number, *contact) for number, contact in enumerate(drawn, start=1)]


def _contacts(stream: Stream, chance: Random) -> list[tuple[Stream, float, float, float]]:
    """Arrivals of each hour are a Poisson process; patience is exponential, handling log-normal."""
    drawn = []
    spread = sqrt(log(1 + stream.handle_spread**2))
    for hour, count in sorted(stream.per_hour.items()):
        moment = hour * HOUR + _gap(chance, count)
        while moment < (hour + 1) * HOUR:
            patience = chance.expovariate(1 / stream.patience) if stream.is_live else float("inf")
            handle = chance.lognormvariate(log(stream.handle) - spread**2 / 2, spread)
            drawn.append((stream, moment, patience, handle))
            moment += _gap(chance, count)
    return drawn


def _gap(chance: Random, per_hour: float) -> float:
    return chance.expovariate(per_hour / HOUR) if per_hour > 0 else float("inf")


def workers_of(plan: Plan, seed: int) -> list[Worker]:
    workers: list[Worker] = []
    for group in plan.people:
        chance = chance_of(seed, group.name)
        for _number in range(group.count):
            if chance.random() >= group.absence:
                workers.append(Worker(_agent(group, len(workers) + 1), _spans(group)))
    return workers


def _agent(group: People, pk: int) -> Agent:
    return Agent(
        pk,
        queues=group.queues,
        teams=group.teams,
        vendor=group.vendor,
        is_senior=group.senior,
        skills=group.skills,
        languages=group.languages,
        weights=group.weights,
    )


def _spans(group: People) -> tuple[tuple[float, float], ...]:
    begins, ends = group.shift
    hours = [(begins, ends)] if group.pause is None else [(begins, group.pause[0]), (group.pause[1], ends)]
    return tuple((first * HOUR, last * HOUR) for first, last in hours if last > first)
