"""The choice among those who are ready, with its explanation."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from apps.routing.engine.conditions import Routed
from apps.routing.engine.learned import Experience
from apps.routing.engine.placement import Placement
from apps.routing.engine.strategies import rank, sticky_agent, why_behind, why_chosen
from apps.routing.engine.types import Agent, PassedOver, QueueRule, Reason

RUNNERS_UP: Final = 3
DECLINED: Final = Reason("declined")
MISSED: Final = Reason("missed_lately")


@dataclass(frozen=True, slots=True)
class Case:
    """All that a choice depends on, but for the people."""

    routed: Routed
    rule: QueueRule
    placement: Placement
    experience: Experience
    now: float

    def may_ask_again(self) -> bool:
        return self.now >= self.routed.work.declined_at + self.rule.declined_again_seconds

    def rests(self, agent: Agent) -> bool:
        """Whether they let an offer of it expire so lately that they are not asked again yet."""
        missed_at = self.routed.work.missed_by.get(agent.id)
        if missed_at is None or missed_at < agent.came_at:
            return False
        return self.now < missed_at + self.rule.asks_again_after(self.routed.work.kind)

    def is_held_for(self, agent: Agent | None) -> bool:
        """Whether the work still waits for its last agent, who is busy."""
        work = self.routed.work
        return (
            agent is not None
            and agent.id == sticky_agent(work, self.rule)
            and agent.is_available
            and agent.id not in work.declined_by
            and agent.id not in work.missed_by
            and not agent.has_room(work.kind)
            and self.now < work.entered + self.rule.last_agent_hold
        )


def ranked(case: Case, ready: list[Agent], count: int) -> list[Agent]:
    return nsmallest(count, ready, key=lambda agent: rank(agent, case.routed, case.rule, case.experience))


def explanation(case: Case, winner: Agent, ready: int, helped: Reason | None = None) -> tuple[Reason, ...]:
    """`helped`: why the house helps the vendors, if it does."""
    why = list(case.placement.why)
    if helped is not None:
        why.append(helped)
    if (waited := round(case.now - case.routed.work.entered)) > 0:
        why.append(Reason("waited", {"seconds": waited}))
    if (missed_at := case.routed.work.missed_by.get(winner.id)) is not None:
        why.append(Reason("missed_before", {"seconds": round(max(0.0, case.now - missed_at))}))
    if ready == 1 and winner.id != sticky_agent(case.routed.work, case.rule):
        return (*why, Reason("only_one"))
    return (*why, *why_chosen(winner, case.routed, case.rule, case.experience, case.now))


def behind(case: Case, agent: Agent, winner: Agent) -> PassedOver:
    return PassedOver(agent.id, why_behind(agent, winner, case.routed, case.rule, case.experience, case.now))
