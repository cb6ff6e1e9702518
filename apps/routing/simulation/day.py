"""One day, played event by event with SimPy."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import simpy

from apps.routing.engine.types import Agent, Work
from apps.routing.simulation.chance import Contact, Worker, contacts_of, workers_of
from apps.routing.simulation.plan import Plan
from apps.routing.simulation.routers import Router

Process = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Outcome:
    """What became of one customer."""

    contact: Contact
    accepted_at: float | None = None
    waited: float = 0.0
    """In all, between transfers too, until `helped`: somebody accepted who could help."""
    helped: bool = False
    left_at: float | None = None
    transfers: int = 0


@dataclass(slots=True)
class Hours:
    """What became of one person's day, in seconds; work done at the same time counts once."""

    available: float = 0.0
    busy: float = 0.0
    holds: int = 0
    since: float = 0.0
    over_since: float | None = None
    """Since when they end work after their time."""


@dataclass(slots=True)
class Day:
    outcomes: list[Outcome] = field(default_factory=list)
    hours: dict[int, Hours] = field(default_factory=dict)


def play(plan: Plan, router: Router, seed: int) -> Day:
    return _Played(plan, router, contacts_of(plan, seed), workers_of(plan, seed)).run()


class _Played:
    def __init__(self, plan: Plan, router: Router, contacts: Iterable[Contact], workers: list[Worker]) -> None:
        self._plan, self._router, self._contacts, self._workers = plan, router, contacts, workers
        self._env = simpy.Environment()
        self._agents: dict[int, Agent] = {worker.agent.id: worker.agent for worker in workers}
        self._taken: dict[int, simpy.Event] = {}
        self._woken_at: float | None = None
        self._day = Day()

    def run(self) -> Day:
        for worker in self._workers:
            self._day.hours[worker.agent.id] = Hours()
            self._env.process(self._work(worker))
        self._env.process(self._arrive())
        self._env.run()
        return self._day

    # --- People -----------------------------------------------------------------------------------------------------

    def _work(self, worker: Worker) -> Process:
        """Who leaves takes nothing new and ends what they hold; that time counts as theirs."""
        pk, hours = worker.agent.id, self._day.hours[worker.agent.id]
        for begins, ends in worker.spans:
            yield self._env.timeout(begins - self._env.now)
            hours.over_since = None
            self._router.sign_in(worker.agent, self._env.now)
            self._route()
            yield self._env.timeout(ends - self._env.now)
            self._router.sign_out(pk)
            hours.available += ends - begins
            hours.over_since = ends if hours.holds else None

    def _begin(self, agent: int) -> None:
        hours = self._day.hours[agent]
        if hours.holds == 0:
            hours.since = self._env.now
        hours.holds += 1

    def _end(self, agent: int, contact: Contact) -> None:
        hours = self._day.hours[agent]
        hours.holds -= 1
        if hours.holds == 0:
            hours.busy += self._env.now - hours.since
            if hours.over_since is not None:
                hours.available += self._env.now - hours.over_since
                hours.over_since = None
        self._router.release(agent, contact.stream.kind, self._env.now)
        self._route()

    # --- Customers --------------------------------------------------------------------------------------------------

    def _arrive(self) -> Process:
        for contact in self._contacts:
            yield self._env.timeout(contact.at - self._env.now)
            self._env.process(self._be_served(contact))

    def _be_served(self, contact: Contact) -> Process:
        outcome = Outcome(contact)
        self._day.outcomes.append(outcome)
        passed_on: frozenset[int] = frozenset()
        while True:
            began, taken = self._env.now, self._enter(contact, passed_on)
            patience = contact.at + contact.patience - self._env.now  # it lasts until somebody who can help is found
            yield taken if patience == float("inf") else taken | self._env.timeout(max(0.0, patience))
            if not taken.triggered:
                self._router.leave(contact.id)
                outcome.left_at = self._env.now
                return
            agent = self._agents[int(taken.value or 0)]
            self._begin(agent.id)
            yield self._env.timeout(self._plan.accept)
            outcome.accepted_at = outcome.accepted_at or self._env.now
            outcome.waited += self._env.now - began
            outcome.helped = _can(agent, contact)
            yield self._env.timeout(self._seconds_with(agent, contact))
            self._end(agent.id, contact)
            if outcome.helped:
                return
            outcome.transfers += 1
            passed_on |= {agent.id}

    def _enter(self, contact: Contact, passed_on: frozenset[int]) -> simpy.Event:
        taken = self._taken[contact.id] = self._env.event()
        stream = contact.stream
        work = Work(
            contact.id,
            stream.kind,
            stream.queue,
            contact.at,
            priority=stream.priority,
            customer_value=stream.value,
            language=stream.language,
            channel=stream.channel,
            category=stream.category,
            needs=stream.needs,
            declined_by=passed_on,
            declined_at=self._env.now,
        )
        self._router.enter(work)
        self._route()
        return taken

    def _seconds_with(self, agent: Agent, contact: Contact) -> float:
        if not _can(agent, contact):
            return self._plan.mismatch
        levels = sum(agent.skills.get(skill, 0) - level for skill, level in contact.stream.needs.items())
        return contact.handle * max(0.5, 1 - self._plan.skill_speed * levels)

    # --- Routing ----------------------------------------------------------------------------------------------------

    def _route(self) -> None:
        for work, agent in self._router.decide(self._env.now):
            self._taken.pop(work).succeed(agent)
        due = self._router.next_due()
        if due is not None and (self._woken_at is None or due < self._woken_at or self._woken_at <= self._env.now):
            self._woken_at = due
            self._env.process(self._wake(due))

    def _wake(self, due: float) -> Process:
        yield self._env.timeout(max(0.0, due - self._env.now))
        self._route()


def _can(agent: Agent, contact: Contact) -> bool:
    """Whether they have the language and at least a little of each skill."""
    stream = contact.stream
    speaks = not stream.language or agent.languages is None or stream.language in agent.languages
    return speaks and all(agent.skills.get(skill, 0) > 0 for skill in stream.needs)
