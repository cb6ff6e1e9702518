"""The indexes of a floor: who stands where, and which people match which line of waiting work."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.routing.engine.conditions import Routed
from apps.routing.engine.eligibility import mismatch
from apps.routing.engine.placement import Placement, Profile
from apps.routing.engine.types import LIVE, Agent, Party, QueueRule, Side, Work


class Place(NamedTuple):
    """Orders a line. Waiting raises all of a line alike, so the order in it never changes."""

    urgency: float
    entered: float
    work: int


@dataclass(eq=False, slots=True)
class Waiting:
    """One piece of work on the floor. `line` is empty until the next decision places it."""

    work: Work
    routed: Routed
    rule: QueueRule
    turn: Party | None
    placement: Placement | None = None
    line: Line | None = None

    @property
    def place(self) -> Place:
        points = self.routed.priority + self.rule.value_weight * self.work.customer_value
        return Place(self.rule.growth_per_minute * self.work.entered / 60 - points, self.work.entered, self.work.id)


@dataclass(eq=False, slots=True)
class Line:
    """Waiting work of one profile, the most urgent first, and the groups of people who could take it."""

    profile: Profile
    growth: float
    """Of the queue's rule, in points a second."""
    places: list[Place] = field(default_factory=list)
    groups: set[Group] = field(default_factory=set)
    helpers: set[Group] = field(default_factory=set)
    """Those of the house who may help the vendors."""

    @property
    def is_live(self) -> bool:
        """Somebody sits there and waits: before everything that can be answered later, however old that is."""
        return self.profile.kind in LIVE

    def urgency(self, index: int, now: float) -> float:
        """Lowest first, comparable between lines."""
        return self.places[index].urgency - self.growth * now

    def add(self, waiting: Waiting) -> None:
        insort(self.places, waiting.place)
        waiting.line = self

    def drop(self, waiting: Waiting) -> None:
        del self.places[bisect_left(self.places, waiting.place)]
        waiting.line = None


@dataclass(eq=False, slots=True)
class Group:
    """People alike in all that matching asks about."""

    example: Agent
    present: dict[int, Agent] = field(default_factory=dict)
    """The available ones."""
    free: dict[int, Agent] = field(default_factory=dict)
    """Those of them who have room for something."""
    lines: set[Line] = field(default_factory=set)
    helped: set[Line] = field(default_factory=set)

    def take_in(self, agent: Agent) -> None:
        self.leave(agent.id)
        if agent.is_available:
            self.present[agent.id] = agent
            if not agent.is_full:
                self.free[agent.id] = agent

    def leave(self, agent: int) -> None:
        self.present.pop(agent, None)
        self.free.pop(agent, None)


def connect(line: Line, group: Group) -> None:
    if mismatch(group.example, line.profile) is None:
        line.groups.add(group)
        group.lines.add(line)
    elif line.profile.spills and mismatch(group.example, line.profile.spilled()) is None:
        line.helpers.add(group)
        group.helped.add(line)


def disconnect(line: Line) -> None:
    for group in line.groups:
        group.lines.discard(line)
    for group in line.helpers:
        group.helped.discard(line)


def free_people(groups: Iterable[Group]) -> Iterator[Agent]:
    for group in groups:
        if group.free:
            yield from group.free.values()


@dataclass(slots=True)
class VendorLoad:
    """How full the available vendor people of one queue are who are given new work."""

    used: int = 0
    capacity: int = 0

    def add(self, agent: Agent, sign: int) -> None:
        if agent.is_available and agent.held_back is None and agent.side is Side.VENDOR:
            self.used += sign * agent.used
            self.capacity += sign * agent.capacity

    @property
    def percent(self) -> float:
        """Nobody there is as good as overloaded."""
        return 100.0 if self.capacity == 0 else 100 * self.used / self.capacity
