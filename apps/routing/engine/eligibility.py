"""Whether somebody could take work of a profile at all, were they free: the one home of that rule."""

from __future__ import annotations

from collections.abc import Hashable

from apps.routing.engine.placement import Profile, limits_of
from apps.routing.engine.types import Agent, Reason, Side


def mismatch(agent: Agent, profile: Profile) -> Reason | None:
    """Why not, or None when they could."""
    return _foreign(agent, profile) or agent.held_back or _unskilled(agent, profile) or _reserved(agent, profile)


def _foreign(agent: Agent, profile: Profile) -> Reason | None:
    if profile.queues.isdisjoint(agent.queues) and profile.teams.isdisjoint(agent.teams):
        return Reason("not_in_queue")
    if agent.sees is not None and profile.queue not in agent.sees:
        return Reason("queue_not_open")
    if not 1 <= agent.weights.get(profile.kind, 0) <= agent.capacity:
        return Reason("not_this_kind", {"kind": profile.kind.value})
    if limits_of(agent) not in profile.limits:
        return Reason("out_of_scope")
    return None


def _unskilled(agent: Agent, profile: Profile) -> Reason | None:
    if profile.language and agent.languages is not None and profile.language not in agent.languages:
        return Reason("lacks_language", {"language": profile.language})
    for skill, level in sorted(profile.needs):
        if (has := agent.skills.get(skill, 0)) < level:
            return Reason("lacks_skill", {"skill": skill, "level": level, "has": has})
    return None


def _reserved(agent: Agent, profile: Profile) -> Reason | None:
    if profile.side is not None and agent.side is not profile.side:
        return Reason("for_vendors" if profile.side is Side.VENDOR else "for_the_house")
    if profile.senior and not agent.is_senior:
        return Reason("for_seniors")
    if profile.party is not None and not agent.belongs_to(profile.party):
        return Reason("not_their_turn", {"party": profile.party.kind, "id": profile.party.id})
    return None


def likeness(agent: Agent) -> Hashable:
    """Agents of equal likeness match the same profiles; all that `mismatch` asks about an agent is in here."""
    kinds = frozenset(kind for kind, weight in agent.weights.items() if 1 <= weight <= agent.capacity)
    person = (agent.vendor, agent.is_senior, agent.queues, agent.sees, agent.teams, _said(agent.held_back))
    return person, frozenset(agent.skills.items()), agent.languages, limits_of(agent), kinds


def _said(reason: Reason | None) -> Hashable:
    return None if reason is None else (reason.code, frozenset(reason.params.items()))
