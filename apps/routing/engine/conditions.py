"""What the rules make of work when it enters: which queue, side, priority and skills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from apps.routing.engine.types import Condition, Outcome, RoutingRule, Side, Work

AMONG: Final = {
    "queues": "queue",
    "kinds": "kind",
    "channels": "channel",
    "categories": "category",
    "languages": "language",
    "priorities": "priority",
    "intents": "intent",
    "sentiments": "sentiment",
}
"""What of the work must be among what a condition lists."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Work after the rules: what they left and what they changed."""

    work: Work
    queue: int
    priority: int
    needs: Mapping[str, int]
    outcome: Outcome = field(default_factory=Outcome)
    rule: int | None = None

    @property
    def side(self) -> Side | None:
        return self.outcome.side

    @property
    def is_directed(self) -> bool:
        """Whether a rule says whose it is, so that the queue need not."""
        return self.outcome.side is not None or self.outcome.party is not None


def route(work: Work, rules: Sequence[RoutingRule]) -> Routed:
    for rule in rules:
        if matches(rule.condition, work):
            return _routed(work, rule)
    return Routed(work, work.queue, work.priority, work.needs)


def _routed(work: Work, rule: RoutingRule) -> Routed:
    outcome = rule.outcome
    return Routed(
        work,
        queue=work.queue if outcome.queue is None else outcome.queue,
        priority=work.priority + outcome.add_priority,
        needs=_stricter(work.needs, outcome.needs),
        outcome=outcome,
        rule=rule.id,
    )


def _stricter(left: Mapping[str, int], right: Mapping[str, int]) -> Mapping[str, int]:
    return {skill: max(left.get(skill, 0), right.get(skill, 0)) for skill in [*left, *right]}


def matches(condition: Condition, work: Work) -> bool:
    return unmet(condition, work) is None


def unmet(condition: Condition, work: Work) -> str | None:
    """The first thing in which the work is not as the condition wants it."""
    for wanted, has in AMONG.items():
        if not _among(getattr(work, has), getattr(condition, wanted)):
            return wanted
    if condition.keywords and condition.keywords.isdisjoint(work.keywords):
        return "keywords"
    if condition.value_from is not None and work.customer_value < condition.value_from:
        return "value_from"
    if condition.time_used_from is not None and work.time_used < condition.time_used_from:
        return "time_used_from"
    return None if _in_time(condition, work.entered) else "times"


def _among(value: object, wanted: frozenset[object] | frozenset[int] | frozenset[str]) -> bool:
    return not wanted or value in wanted


def _in_time(condition: Condition, moment: float) -> bool:
    if not condition.weekdays and condition.from_minute is None and condition.to_minute is None:
        return True
    there = datetime.fromtimestamp(moment, ZoneInfo(condition.time_zone))
    return _among(there.weekday(), condition.weekdays) and _in_minutes(condition, there.hour * 60 + there.minute)


def _in_minutes(condition: Condition, minute: int) -> bool:
    begins, ends = condition.from_minute or 0, 1440 if condition.to_minute is None else condition.to_minute
    if begins <= ends:
        return begins <= minute < ends
    return minute >= begins or minute < ends
