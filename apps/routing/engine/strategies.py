"""How a queue orders those who can take a piece of work now, and how it says why."""

from __future__ import annotations

from typing import Any

from apps.routing.engine.conditions import Routed
from apps.routing.engine.learned import Experience
from apps.routing.engine.types import Agent, Param, QueueRule, Reason, Strategy, Work


def sticky_agent(work: Work, rule: QueueRule) -> int | None:
    """Who served the customer last, while that counts."""
    if rule.strategy is not Strategy.LAST_AGENT or work.entered - work.last_agent_at > rule.last_agent_seconds:
        return None
    return work.last_agent


def rank(agent: Agent, routed: Routed, rule: QueueRule, experience: Experience) -> tuple[Any, ...]:
    """The lowest is chosen. Ends with the id, so that no two are equal and the same state gives the same choice."""
    missed = agent.id in routed.work.missed_by
    learned = -experience.step(agent.id, routed.work.category) if rule.learned else 0
    return (missed, learned, *_merit(agent, routed, rule), agent.idle_since, agent.used, agent.id)


def _merit(agent: Agent, routed: Routed, rule: QueueRule) -> tuple[Any, ...]:
    match rule.strategy:
        case Strategy.LEAST_LOADED:
            return (agent.filled,)
        case Strategy.BEST_SKILL:
            return (-skill_points(agent, routed), agent.filled)
        case Strategy.ROUND_ROBIN:
            return (agent.last_given_at, agent.used)
        case Strategy.LAST_AGENT:
            return (agent.id != sticky_agent(routed.work, rule), agent.used > 0)
    return (agent.used > 0,)  # nobody gets a second piece of work while somebody who could take it has none


def skill_points(agent: Agent, routed: Routed) -> int:
    return sum(agent.skills.get(skill, 0) for skill in routed.needs)


def why_chosen(agent: Agent, routed: Routed, rule: QueueRule, experience: Experience, now: float) -> list[Reason]:
    chosen = Reason(f"by_{_said(agent, routed, rule)}", _figures(agent, routed, now))
    if not rule.learned:
        return [chosen]
    return [Reason("learned", _success(agent, routed, experience)), chosen]


def why_behind(
    agent: Agent, winner: Agent, routed: Routed, rule: QueueRule, experience: Experience, now: float
) -> Reason:
    category = routed.work.category
    if agent.id in routed.work.missed_by and winner.id not in routed.work.missed_by:
        return Reason("missed_it")
    if rule.learned and experience.step(agent.id, category) < experience.step(winner.id, category):
        return Reason("behind_learned", _success(agent, routed, experience))
    return Reason(f"behind_{_said(winner, routed, rule)}", _figures(agent, routed, now))


def _said(chosen: Agent, routed: Routed, rule: QueueRule) -> str:
    """LAST_AGENT and PERCENTAGE_SPLIT choose the longest idle where their own reason does not decide."""
    sticky = sticky_agent(routed.work, rule)
    if rule.strategy is Strategy.PERCENTAGE_SPLIT or (rule.strategy is Strategy.LAST_AGENT and chosen.id != sticky):
        return Strategy.LONGEST_IDLE.value
    return rule.strategy.value


def _figures(agent: Agent, routed: Routed, now: float) -> dict[str, Param]:
    return {
        "idle": round(max(0.0, now - agent.idle_since)),
        "percent": round(100 * agent.filled),
        "points": skill_points(agent, routed),
    }


def _success(agent: Agent, routed: Routed, experience: Experience) -> dict[str, Param]:
    successes, trials = experience.record(agent.id, routed.work.category)
    percent = round(100 * experience.success(agent.id, routed.work.category))
    return {"percent": percent, "successes": successes, "trials": trials}
