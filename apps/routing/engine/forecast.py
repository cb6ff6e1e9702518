"""The dry run: where would this work go, why, and why not to each other agent?"""

from __future__ import annotations

from collections.abc import Iterable

from apps.routing.engine.choosing import DECLINED, MISSED, Case, behind, explanation, ranked
from apps.routing.engine.eligibility import mismatch
from apps.routing.engine.types import Agent, Forecast, PassedOver, Reason, Side


def forecast(case: Case, people: Iterable[Agent], helped: Reason | None, ahead: int) -> Forecast:
    """`helped` as in `explanation`; `ahead` is the number of pieces of work before this one in its queue."""
    everybody = sorted(people, key=lambda agent: agent.id)
    others: dict[int, Reason] = {}
    suited: list[Agent] = []
    for agent in everybody:
        if (reason := _unsuited(case, agent, is_helping=helped is not None)) is None:
            suited.append(agent)
        else:
            others[agent.id] = reason
    ready = _ready(case, suited, others)
    if not ready:
        return Forecast(None, _why_waiting(case, suited, ahead), _passed_over(others))
    order = ranked(case, ready, len(ready))
    winner = order[0]
    for agent in order[1:]:
        others[agent.id] = behind(case, agent, winner).reason
    why = helped if mismatch(winner, case.placement.profile) else None
    return Forecast(winner.id, explanation(case, winner, len(ready), why), _passed_over(others))


def _unsuited(case: Case, agent: Agent, *, is_helping: bool) -> Reason | None:
    if not agent.is_available:
        return Reason("not_available")
    profile = case.placement.profile
    if is_helping and profile.spills and agent.side is Side.IN_HOUSE:
        return mismatch(agent, profile.spilled())
    return mismatch(agent, profile)


def _ready(case: Case, suited: list[Agent], others: dict[int, Reason]) -> list[Agent]:
    """Those who could take it at once; says of the rest why not."""
    work = case.routed.work
    held_for = next((agent for agent in suited if case.is_held_for(agent)), None)
    asks_again = case.may_ask_again() and all(agent.id in work.declined_by for agent in suited)
    ready = []
    for agent in suited:
        if agent.is_asked:
            others[agent.id] = Reason("asked")
        elif not agent.has_room(work.kind):
            others[agent.id] = Reason("full", {"percent": round(100 * agent.filled)})
        elif agent.id in work.declined_by and not asks_again:
            others[agent.id] = DECLINED
        elif case.rests(agent):
            others[agent.id] = MISSED
        elif held_for is not None:
            others[agent.id] = Reason("held_for", {"agent": held_for.id})
        else:
            ready.append(agent)
    return ready


def _why_waiting(case: Case, suited: list[Agent], ahead: int) -> tuple[Reason, ...]:
    nobody = Reason("nobody_free", {"suited": len(suited)}) if suited else Reason("nobody_suited")
    return (*case.placement.why, nobody, Reason("ahead", {"works": ahead}))


def _passed_over(others: dict[int, Reason]) -> tuple[PassedOver, ...]:
    return tuple(PassedOver(agent, reason) for agent, reason in sorted(others.items()))
