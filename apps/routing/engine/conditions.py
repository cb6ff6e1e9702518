"""What the rules make of work when it enters: which queue, side, priority and skills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.routing.engine.types import Condition, RoutingRule, Side, Work


@dataclass(frozen=True, slots=True)
class Routed:
    """Work after the rules: what they left and what they changed."""

    work: Work
    queue: int
    priority: int
    needs: Mapping[str, int]
    side: Side | None = None
    rule: int | None = None


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
        side=outcome.side,
        rule=rule.id,
    )


def _stricter(left: Mapping[str, int], right: Mapping[str, int]) -> Mapping[str, int]:
    return {skill: max(left.get(skill, 0), right.get(skill, 0)) for skill in [*left, *right]}


def matches(condition: Condition, work: Work) -> bool:
    return (
        _among(work.queue, condition.queues)
        and _among(work.kind, condition.kinds)
        and _among(work.channel, condition.channels)
        and _among(work.category, condition.categories)
        and _among(work.language, condition.languages)
        and _among(work.intent, condition.intents)
        and _among(work.sentiment, condition.sentiments)
        and (not condition.keywords or not condition.keywords.isdisjoint(work.keywords))
        and (condition.value_from is None or work.customer_value >= condition.value_from)
        and _in_time(condition, work.entered)
    )


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
