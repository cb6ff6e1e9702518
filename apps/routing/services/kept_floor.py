"""A floor that is read whole once, and of which later only what changed is read.

Events tell what changed, by the position up to which they were read. What no event tells (rules, skills, teams, grants,
capacities) is read again every few seconds. A floor that lost its place, or grew old, is read whole once more.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Final

from apps.core.clock import now
from apps.core.events import number_events
from apps.routing.engine import types
from apps.routing.engine.floor import Floor
from apps.routing.models import RoutingQueue
from apps.routing.selectors.changes import Changes, Place, changes_since, newest_place
from apps.routing.selectors.crew import available_agents, teams_of
from apps.routing.selectors.learned import experience_of
from apps.routing.selectors.rules import automatic_queues, engine_rule, engine_rules, given_of, needs_of
from apps.routing.selectors.waiting import MOST, waiting_work

SETTINGS_KEPT: Final = 10.0
FLOOR_KEPT: Final = 600.0
"""Seconds. What nobody told, however it came about, lasts no longer."""


class KeptFloor:
    """For one thread at a time. After an error in the middle of anything it has to `forget`."""

    def __init__(self) -> None:
        self.queues: dict[int, RoutingQueue] = {}
        self.forget()

    def forget(self) -> None:
        self._floor: Floor | None = None
        self._place: Place | None = None
        self._settings: object = None
        self._people: set[int] = set()
        self._is_stirred = self._is_cut = False
        self._settings_until = self._floor_until = 0.0

    def decide(self) -> list[types.Decision]:
        """What is to be offered now. The floor counts it as offered; what was not must be given back."""
        number_events()
        self._catch_up()
        moment = now().timestamp()
        if self._floor is None or not (self._is_stirred or self._is_due(moment)):
            return []
        self._is_stirred = False
        self._count_shares()
        return self._floor.decide(moment)

    def give_back(self, decisions: Iterable[types.Decision]) -> None:
        """Nothing became of these: what the rows say of their work and people is read for the next look."""
        decisions = list(decisions)
        if decisions:
            self._read_work({decision.work for decision in decisions})
            self._read_people({decision.agent for decision in decisions})
            self._is_stirred = True

    def _is_due(self, moment: float) -> bool:
        due = self._floor.next_due() if self._floor is not None else None
        return due is not None and due <= moment

    # --- Reading ------------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        changes = self._changes()
        if changes is None:
            self._build()
            return
        if changes.tickets or changes.agents:
            self._read_work(changes.tickets)
            self._read_people(changes.agents, are_known=True)
            self._is_stirred = True
        self._place = changes.place
        if time.monotonic() >= self._settings_until:
            self._read_settings()

    def _changes(self) -> Changes | None:
        """None where the floor has to be read whole."""
        if self._floor is None or self._place is None or time.monotonic() >= self._floor_until:
            return None
        if self._is_cut and self._floor.waiting_count < MOST * 9 // 10:
            return None
        return changes_since(self._place)

    def _build(self) -> None:
        self.forget()
        self._place = newest_place()  # first of all: what happens from here on is read again
        self.queues = {row.queue_id: row for row in automatic_queues()}
        if not self.queues:
            return
        self._settings = _settings_of(self.queues.values())
        self._floor = Floor(
            [engine_rule(row) for row in self.queues.values()],
            engine_rules(self.queues.values()),
            experience_of(self.queues.values()),
            asks_one_at_a_time=True,
        )
        self._read_people(None)
        self._read_work(None)
        self._is_stirred = True
        self._is_cut = self._floor.waiting_count >= MOST
        self._settings_until = time.monotonic() + SETTINGS_KEPT
        self._floor_until = time.monotonic() + FLOOR_KEPT

    def _read_settings(self) -> None:
        if _settings_of(automatic_queues()) != self._settings:
            self._build()  # what work needs and where it stands hangs on them
            return
        self._read_people(None)
        self._is_stirred = True
        self._settings_until = time.monotonic() + SETTINGS_KEPT

    def _read_people(self, user_ids: Collection[int] | None, *, are_known: bool = False) -> None:
        """Of who is on the floor and `are_known` only what they do is read: no event told anything else of them."""
        if self._floor is None:
            return
        known = {pk: self._floor.agent(pk) for pk in self._people.intersection(user_ids or ())} if are_known else None
        found = available_agents(self.queues.values(), user_ids, known)
        for gone in (self._people if user_ids is None else self._people.intersection(user_ids)) - found.keys():
            self._floor.remove_agent(gone)
            self._people.discard(gone)
        for agent in found.values():
            self._floor.put_agent(agent)
        self._people |= found.keys()

    def _read_work(self, ticket_ids: Collection[int] | None) -> None:
        if self._floor is None:
            return
        found = waiting_work(self.queues.values(), among=ticket_ids)
        for gone in set(ticket_ids or ()) - {work.id for work in found}:
            self._floor.remove_work(gone)
        for work in found:
            self._floor.put_work(work)

    def _count_shares(self) -> None:
        """Other routers offer, too, and what was offered long ago counts no more."""
        if self._floor is not None:
            for row in self.queues.values():
                if row.strategy == types.Strategy.PERCENTAGE_SPLIT:
                    rule = engine_rule(row)
                    self._floor.set_rule(rule, given_of(rule, teams_of(self._people)))


def _settings_of(queues: Collection[RoutingQueue]) -> object:
    """Whatever decisions hang on and no event tells, but for people."""
    rules = [(engine_rule(row), needs_of(row), row.senior_team_id) for row in queues]
    return rules, engine_rules(queues), experience_of(queues)
