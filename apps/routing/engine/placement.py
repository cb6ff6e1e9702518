"""Who may take a piece of work at a moment: what it needs, less what its waiting and the hybrid rules changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from apps.routing.engine.conditions import Routed
from apps.routing.engine.strategies import sticky_agent
from apps.routing.engine.types import (
    Agent,
    Hybrid,
    OverflowChange,
    OverflowStep,
    Param,
    Party,
    QueueRule,
    Reason,
    Side,
    Strategy,
    Work,
    WorkKind,
)


class Limits(NamedTuple):
    """The channels and categories that somebody is limited to."""

    channels: frozenset[int] | None
    categories: frozenset[int] | None

    def admit(self, work: Work) -> bool:
        return (self.channels is None or work.channel in self.channels) and (
            self.categories is None or work.category in self.categories
        )


NO_LIMITS = Limits(None, None)


def limits_of(agent: Agent) -> Limits:
    return Limits(agent.channels, agent.categories)


@dataclass(frozen=True, slots=True)
class Profile:
    """All that decides who can take work. Work of one profile stands in one line."""

    queue: int
    kind: WorkKind
    queues: frozenset[int]
    teams: frozenset[int]
    language: str
    needs: frozenset[tuple[str, int]]
    limits: frozenset[Limits]
    """Those of the floor's limits that admit the work."""
    side: Side | None = None
    senior: bool = False
    party: Party | None = None
    spills: bool = False
    """The house may take it as well while the vendors are overloaded or none of them could."""

    def spilled(self) -> Profile:
        return replace(self, side=Side.IN_HOUSE, party=None)


@dataclass(frozen=True, slots=True)
class Placement:
    profile: Profile
    why: tuple[Reason, ...]
    changes_at: float | None
    """When waiting alone changes something next."""


def place(routed: Routed, rule: QueueRule, turn: Party | None, limits: Iterable[Limits], now: float) -> Placement:
    work = routed.work
    plan = _Plan(work.entered, now)
    profile = _base(routed, [limit for limit in limits if limit.admit(work)])
    if routed.rule is not None:
        plan.why.append(Reason("rule", {"rule": routed.rule}))
    profile = _on_side(profile, routed, rule.hybrid, plan)
    profile = _in_turn(profile, rule, None if work.is_kept_in_house else turn, plan)
    for step in rule.overflow:
        if plan.reached(step.after) and not (step.change is OverflowChange.ANY_SIDE and _is_settled(work, rule.hybrid)):
            profile = _widened(profile, step, plan)
    _watch_people(work, rule, plan)
    return Placement(profile, tuple(plan.why), plan.changes_at)


class _Plan:
    """Collects reasons, and the next moment at which one of the limits of waiting is reached."""

    def __init__(self, entered: float, now: float) -> None:
        self.entered, self.now = entered, now
        self.why: list[Reason] = []
        self.changes_at: float | None = None

    def reached(self, seconds: int) -> bool:
        return not self.watch(self.entered + seconds)

    def watch(self, moment: float) -> bool:
        """Whether the moment is still to come."""
        if moment <= self.now:
            return False
        self.changes_at = moment if self.changes_at is None else min(moment, self.changes_at)
        return True


def _base(routed: Routed, limits: list[Limits]) -> Profile:
    return Profile(
        queue=routed.queue,
        kind=routed.work.kind,
        queues=frozenset([routed.queue]),
        teams=frozenset(),
        language=routed.work.language,
        needs=frozenset((skill, level) for skill, level in routed.needs.items() if level > 0),
        limits=frozenset(limits),
    )


def _is_settled(work: Work, hybrid: Hybrid | None) -> bool:
    """What came in-house once does not go back to a vendor, however long it waits."""
    if work.is_kept_in_house:
        return True
    return hybrid is not None and (_has_failed(work, hybrid) or work.held_by is Side.IN_HOUSE)


def _has_failed(work: Work, hybrid: Hybrid) -> bool:
    return work.failed_vendor_attempts >= hybrid.failed_attempts


def _on_side(profile: Profile, routed: Routed, hybrid: Hybrid | None, plan: _Plan) -> Profile:
    """The hybrid rules, the strongest first."""
    work = routed.work
    if work.is_kept_in_house:
        plan.why.append(Reason("kept_in_house"))
        return replace(profile, side=Side.IN_HOUSE)
    if hybrid is not None and _has_failed(work, hybrid):
        plan.why.append(Reason("failed_attempts", {"attempts": work.failed_vendor_attempts}))
        return replace(profile, side=Side.IN_HOUSE)
    if routed.is_directed:
        return _as_directed(profile, routed, plan)
    if hybrid is None:
        return profile
    if work.held_by is Side.IN_HOUSE:
        plan.why.append(Reason("stays_in_house"))
        return replace(profile, side=Side.IN_HOUSE)
    if hybrid.senior_from is not None and work.customer_value >= hybrid.senior_from:
        return _with_seniors(profile, work, hybrid, plan)
    return _with_vendors(profile, hybrid, plan)


def _as_directed(profile: Profile, routed: Routed, plan: _Plan) -> Profile:
    """Where the managers' rule sends it: to whom it names, then to anybody of the side."""
    outcome = routed.outcome
    sided = replace(profile, side=outcome.side)
    if outcome.widens_after is not None and plan.reached(outcome.widens_after):
        plan.why.append(Reason("rule_widened", {"seconds": outcome.widens_after}))
        return sided
    return replace(sided, senior=outcome.senior, party=outcome.party)


def _with_seniors(profile: Profile, work: Work, hybrid: Hybrid, plan: _Plan) -> Profile:
    plan.why.append(Reason("high_value", {"value": work.customer_value, "from": hybrid.senior_from or 0}))
    if not plan.reached(hybrid.senior_seconds):
        return replace(profile, side=Side.IN_HOUSE, senior=True)
    plan.why.append(Reason("seniors_busy", {"seconds": hybrid.senior_seconds}))
    return replace(profile, side=Side.IN_HOUSE)


def _with_vendors(profile: Profile, hybrid: Hybrid, plan: _Plan) -> Profile:
    plan.why.append(Reason("standard"))
    if hybrid.overload_wait is not None and plan.reached(hybrid.overload_wait):
        plan.why.append(Reason("vendor_slow", {"seconds": hybrid.overload_wait}))
        return profile
    return replace(profile, side=Side.VENDOR, spills=True)


def _in_turn(profile: Profile, rule: QueueRule, turn: Party | None, plan: _Plan) -> Profile:
    if turn is None or rule.strategy is not Strategy.PERCENTAGE_SPLIT or profile.party is not None:
        return profile
    if plan.reached(rule.share_seconds):
        plan.why.append(Reason("turn_passed", {"party": turn.kind, "id": turn.id, "seconds": rule.share_seconds}))
        return profile
    percent = next((share.percent for share in rule.shares if share.party == turn), 0)
    plan.why.append(Reason("turn", {"party": turn.kind, "id": turn.id, "percent": percent}))
    return replace(profile, party=turn)


def _widened(profile: Profile, step: OverflowStep, plan: _Plan) -> Profile:
    params: dict[str, Param] = {"seconds": step.after, "skill": step.skill, "target": step.target}
    plan.why.append(Reason(f"overflow_{step.change}", params))
    match step.change:
        case OverflowChange.LOWER_SKILL:
            return replace(profile, needs=_lowered(profile.needs, step.skill))
        case OverflowChange.DROP_SKILL:
            return replace(profile, needs=frozenset(n for n in profile.needs if step.skill and n[0] != step.skill))
        case OverflowChange.DROP_LANGUAGE:
            return replace(profile, language="")
        case OverflowChange.ADD_QUEUE:
            return replace(profile, queues=profile.queues | {step.target})
        case OverflowChange.ADD_TEAM:
            return replace(profile, teams=profile.teams | {step.target})
        case OverflowChange.ANY_SIDE:
            return replace(profile, side=None, senior=False, party=None, spills=False)


def _lowered(needs: frozenset[tuple[str, int]], skill: str) -> frozenset[tuple[str, int]]:
    """Lowering does not drop: level 1 stays."""
    return frozenset((name, max(1, level - 1) if skill in ("", name) else level) for name, level in needs)


def _watch_people(work: Work, rule: QueueRule, plan: _Plan) -> None:
    """Those who declined or missed it may be asked again, and the last agent is no longer waited for."""
    if work.declined_by:
        plan.watch(work.declined_at + rule.declined_again_seconds)
    for missed_at in work.missed_by.values():
        plan.watch(missed_at + rule.asks_again_after(work.kind))
    if sticky_agent(work, rule) is not None:
        plan.watch(work.entered + rule.last_agent_hold)
