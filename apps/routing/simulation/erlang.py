"""Erlang A: the M/M/n+M queue of Palm, solved as a birth-and-death process.

Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers" (Technion, 2005), sections 3 and 4.
Customers arrive by chance, are served by any of n people, and leave when their patience ends; all times are exponential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NEGLIGIBLE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class ErlangA:
    abandoned: float
    """The share of customers who leave."""
    mean_wait: float
    """Of all customers, those who leave included."""
    mean_wait_of_served: float
    occupancy: float
    queue_length: float


def erlang_a(*, per_second: float, service: float, patience: float, people: int) -> ErlangA:
    """`service` and `patience` are means in seconds."""
    if per_second <= 0:
        return ErlangA(0.0, 0.0, 0.0, 0.0, 0.0)
    if people <= 0:
        return ErlangA(1.0, patience, 0.0, 0.0, per_second * patience)
    states = _states(per_second, 1 / service, 1 / patience, people)
    queue_length = sum(max(0, number - people) * share for number, share in enumerate(states))
    abandoned = queue_length / patience / per_second
    busy = sum(min(number, people) * share for number, share in enumerate(states))
    return ErlangA(
        abandoned=abandoned,
        mean_wait=queue_length / per_second,
        mean_wait_of_served=_waited_by_served(states, people / service, 1 / patience, people) / (1 - abandoned),
        occupancy=busy / people,
        queue_length=queue_length,
    )


def _states(arrival: float, service: float, leaving: float, people: int) -> list[float]:
    """The share of time with so many customers there. Begun at the most likely number, so that nothing overflows."""
    top = people if arrival > people * service else int(arrival / service)

    def death(number: int) -> float:
        return min(number, people) * service + max(0, number - people) * leaving

    below, weight = [], 1.0
    for number in range(top, 0, -1):
        weight *= death(number) / arrival
        below.append(weight)
    above, weight, number = [1.0], 1.0, top
    largest = 1.0
    while weight > NEGLIGIBLE * largest or number <= people:
        number += 1
        weight *= arrival / death(number)
        largest = max(largest, weight)
        above.append(weight)
    weights = below[::-1] + above
    total = sum(weights)
    return [weight / total for weight in weights]


def _waited_by_served(states: list[float], speed: float, leaving: float, people: int) -> float:
    """Who finds k waiting advances k + 1 times; a race of exponential times does not depend on who wins it."""
    waited, time = 0.0, 0.0
    for ahead, share in enumerate(states[people:]):
        time += 1 / (speed + (ahead + 1) * leaving)
        waited += share * time * speed / (speed + (ahead + 1) * leaving)
    return waited
