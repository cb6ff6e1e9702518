"""How long waiting work will still wait: its place among its like, and how soon those who could take it get there.

An estimate and no promise. It counts how many pieces all who are there could hold at once, and takes it that one of
them becomes free each time the usual handling time divided by that number has passed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apps.routing.engine.conditions import route
from apps.routing.engine.eligibility import mismatch
from apps.routing.engine.lines import Waiting
from apps.routing.engine.placement import NO_LIMITS, Profile, limits_of, place
from apps.routing.engine.types import Agent, QueueRule, RoutingRule, Work


@dataclass(frozen=True, slots=True)
class Outlook:
    place: int
    """In the line of its queue; 1 is next."""
    seconds: float | None
    """None where nobody could take it, or nothing tells how long such work takes."""


class Room(NamedTuple):
    """How many pieces all who could take one can hold together, and how many of these they hold not yet."""

    slots: int
    free: int


def outlooks(
    works: Iterable[Work],
    agents: Sequence[Agent],
    rules: Iterable[QueueRule],
    handling: Mapping[int, float],
    now: float,
    routing: Sequence[RoutingRule] = (),
) -> dict[int, Outlook]:
    """By work, of work of one kind. `handling` is by queue: the seconds that a piece usually takes."""
    limits = {NO_LIMITS, *(limits_of(agent) for agent in agents)}
    rooms: dict[Profile, Room] = {}
    found: dict[int, Outlook] = {}
    for queue, line in _lines(works, rules, routing).items():
        for number, waiting in enumerate(line, 1):
            profile = place(waiting.routed, waiting.rule, None, limits, now).profile
            if profile not in rooms:
                rooms[profile] = _room(profile, agents)
            found[waiting.work.id] = Outlook(number, _wait(number, rooms[profile], handling.get(queue)))
    return found


def _lines(
    works: Iterable[Work], rules: Iterable[QueueRule], routing: Sequence[RoutingRule]
) -> Mapping[int, list[Waiting]]:
    by_queue = {rule.queue: rule for rule in rules}
    lines: dict[int, list[Waiting]] = defaultdict(list)
    for work in works:
        routed = route(work, routing)
        rule = by_queue.get(routed.queue) or QueueRule(routed.queue)
        lines[routed.queue].append(Waiting(work, routed, rule, None))
    for line in lines.values():
        line.sort(key=lambda waiting: waiting.place)
    return lines


def _room(profile: Profile, agents: Iterable[Agent]) -> Room:
    there = [agent for agent in agents if agent.is_available]
    suited = [agent for agent in there if mismatch(agent, profile) is None]
    if not suited and profile.spills:
        suited = [agent for agent in there if mismatch(agent, profile.spilled()) is None]
    slots = sum(agent.capacity // agent.weights[profile.kind] for agent in suited)
    free = sum(max(0, agent.capacity - agent.used) // agent.weights[profile.kind] for agent in suited)
    return Room(slots, free)


def _wait(number: int, room: Room, handling: float | None) -> float | None:
    if number <= room.free:
        return 0.0
    if not room.slots or handling is None:
        return None
    return (number - room.free) * handling / room.slots
