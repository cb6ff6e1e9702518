"""Those who are ready for the work of one line, the best first, for as long as one round of a decision lasts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Hashable, Iterable

from apps.routing.engine.choosing import Case
from apps.routing.engine.strategies import rank
from apps.routing.engine.types import Agent

Order = list[tuple[tuple[object, ...], Agent]]


class Bench:
    """Within a round people only grow fuller, so nobody comes to it, and a rank that was taken before bounds the rank of
    now: people are put in order once, and looked at again only when they come up.
    """

    def __init__(self, people: Iterable[int], ready: Callable[[int], Agent | None]) -> None:
        """`ready` tells somebody as they are now, or None when they have no room."""
        self._people = list(people)
        self._ready = ready
        self._orders: dict[Hashable, Order] = {}

    def __len__(self) -> int:
        return len(self._people)

    def is_empty(self) -> bool:
        while self._people and self._ready(self._people[-1]) is None:
            self._people.pop()
        return not self._people

    def everybody(self) -> list[Agent]:
        return [agent for pk in self._people if (agent := self._ready(pk)) is not None]

    def best(self, case: Case, count: int) -> list[Agent]:
        """The first so many, for work that says nothing of single people: all of it that `_sort` takes for alike."""
        key = _sort(case)
        if (order := self._orders.get(key)) is None:
            order = self._orders[key] = sorted((_rank(agent, case), agent) for agent in self.everybody())
        found: list[Agent] = []
        while len(found) < min(count, len(order)):
            known = order[len(found)][1]
            now = self._ready(known.id)
            if now is known:
                found.append(known)
                continue
            del order[len(found)]
            if now is not None:
                insort(order, (_rank(now, case), now))
        return found


def _rank(agent: Agent, case: Case) -> tuple[object, ...]:
    return rank(agent, case.routed, case.rule, case.experience)


def _sort(case: Case) -> Hashable:
    """What of the work ranks depend on."""
    return frozenset(case.routed.needs), case.routed.work.category if case.rule.learned else None
