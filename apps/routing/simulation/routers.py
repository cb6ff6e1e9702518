"""Two ways to give work to people: the real engine, and the naive one that it is measured against."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from apps.routing.engine.floor import Floor
from apps.routing.engine.types import Agent, Work, WorkKind
from apps.routing.simulation.chance import chance_of
from apps.routing.simulation.plan import Plan


class Router(Protocol):
    def sign_in(self, agent: Agent, now: float) -> None:
        """Somebody comes, or comes back; work that they still hold stays theirs."""

    def sign_out(self, agent: int) -> None: ...

    def enter(self, work: Work) -> None: ...

    def leave(self, work: int) -> None: ...

    def release(self, agent: int, kind: WorkKind, now: float) -> None: ...

    def decide(self, now: float) -> list[tuple[int, int]]:
        """Pairs of work and agent."""

    def next_due(self) -> float | None: ...


class EngineRouter:
    """The engine as the shell runs it."""

    def __init__(self, plan: Plan) -> None:
        self._floor = Floor(plan.rules)
        self._known: set[int] = set()

    def sign_in(self, agent: Agent, now: float) -> None:
        known = self._floor.agent(agent.id) if agent.id in self._known else agent
        self._known.add(agent.id)
        self._floor.put_agent(replace(known, is_available=True, idle_since=now))

    def sign_out(self, agent: int) -> None:
        self._floor.put_agent(replace(self._floor.agent(agent), is_available=False))

    def enter(self, work: Work) -> None:
        self._floor.put_work(work)

    def leave(self, work: int) -> None:
        self._floor.remove_work(work)

    def release(self, agent: int, kind: WorkKind, now: float) -> None:
        known = self._floor.agent(agent)
        self._floor.put_agent(replace(known, load=_less(known, kind), idle_since=now))

    def decide(self, now: float) -> list[tuple[int, int]]:
        return [(decision.work, decision.agent) for decision in self._floor.decide(now)]

    def next_due(self) -> float | None:
        return self._floor.next_due()


class NaiveRouter:
    """Whoever came first goes to a random person of the queue who has room, whatever they can do.

    It is spared what would be plain stupid: transferred work goes to the head of the queue and never back to somebody
    who passed it on, and work for which nobody has room does not block the work behind it.
    """

    def __init__(self, seed: int) -> None:
        self._chance = chance_of(seed, "naive")
        self._agents: dict[int, Agent] = {}
        self._waiting: dict[int, Work] = {}

    def sign_in(self, agent: Agent, now: float) -> None:
        self._agents[agent.id] = replace(self._agents.get(agent.id, agent), is_available=True)

    def sign_out(self, agent: int) -> None:
        self._agents[agent] = replace(self._agents[agent], is_available=False)

    def enter(self, work: Work) -> None:
        self._waiting[work.id] = work
        if work.declined_by:
            self._waiting = dict(sorted(self._waiting.items(), key=lambda item: (item[1].entered, item[0])))

    def leave(self, work: int) -> None:
        self._waiting.pop(work, None)

    def release(self, agent: int, kind: WorkKind, now: float) -> None:
        known = self._agents[agent]
        self._agents[agent] = replace(known, load=_less(known, kind))

    def decide(self, now: float) -> list[tuple[int, int]]:
        pairs = []
        for work in list(self._waiting.values()):
            free = [agent for agent in self._agents.values() if agent.is_available and agent.used < agent.capacity]
            if not free:
                break
            ready = [
                a for a in free if work.queue in a.queues and a.has_room(work.kind) and a.id not in work.declined_by
            ]
            if ready:
                pairs.append((work.id, self._give(work, self._chance.choice(ready))))
        return pairs

    def next_due(self) -> float | None:
        return None

    def _give(self, work: Work, agent: Agent) -> int:
        del self._waiting[work.id]
        load = {**agent.load, work.kind: agent.load.get(work.kind, 0) + 1}
        self._agents[agent.id] = replace(agent, load=load)
        return agent.id


def _less(agent: Agent, kind: WorkKind) -> dict[WorkKind, int]:
    return {**agent.load, kind: agent.load.get(kind, 0) - 1}
