"""The queues that hand out work and the rules of their managers, as the engine reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count

from apps.core.clock import now
from apps.customers.enums import CustomerLevel
from apps.routing.engine import types
from apps.routing.enums import Destination
from apps.routing.models import OverflowRow, QueueShare, RoutingQueue, RoutingRule
from apps.tickets.models import Assignment
from apps.tickets.selectors.vocabulary import vocabulary

SHARES_COUNT_OVER = timedelta(days=1)
VALUES: Final = {CustomerLevel.STANDARD: 0, CustomerLevel.SILVER: 25, CustomerLevel.GOLD: 50, CustomerLevel.VIP: 100}
SIDES: Final[Mapping[str, types.Side]] = {
    Destination.IN_HOUSE: types.Side.IN_HOUSE,
    Destination.SENIORS: types.Side.IN_HOUSE,
    Destination.VENDORS: types.Side.VENDOR,
    Destination.VENDOR: types.Side.VENDOR,
}


def automatic_queues() -> list[RoutingQueue]:
    rows = RoutingQueue.objects.filter(is_automatic=True, queue__is_active=True).select_related("senior_team")
    rules = ("rules__channels", "rules__categories", "rules__skill")
    return list(rows.prefetch_related("skills__skill", "overflow__skill", "shares", *rules))


def engine_rules(rows: Iterable[RoutingQueue], chosen: Collection[int] | None = None) -> tuple[types.RoutingRule, ...]:
    """The rules in force, or those that are `chosen`, in their order."""
    rules = (rule for row in rows for rule in row.rules.all())
    return tuple(
        engine_routing_rule(rule) for rule in rules if (rule.is_active if chosen is None else rule.pk in chosen)
    )


def engine_routing_rule(rule: RoutingRule) -> types.RoutingRule:
    return types.RoutingRule(rule.pk, _condition(rule), _outcome(rule))


def _condition(rule: RoutingRule) -> types.Condition:
    below = (vocabulary().descendants(category.pk) for category in rule.categories.all())
    return types.Condition(
        queues=frozenset([rule.routing.queue_id]),
        kinds=frozenset(types.WorkKind(kind) for kind in rule.kinds),
        channels=frozenset(channel.pk for channel in rule.channels.all()),
        categories=frozenset(pk for tree in below for pk in tree),
        languages=frozenset(rule.languages),
        priorities=frozenset(rule.priorities),
        keywords=frozenset(rule.keywords),
        intents=frozenset(rule.intents),
        sentiments=frozenset(rule.sentiments),
        value_from=VALUES[CustomerLevel(rule.customer_level)] if rule.customer_level else None,
        time_used_from=rule.time_used_from,
        weekdays=frozenset(rule.weekdays),
        from_minute=_minute(rule.from_time),
        to_minute=_minute(rule.to_time),
        time_zone=settings.TIME_ZONE,
    )


def _minute(moment: time | None) -> int | None:
    return None if moment is None else moment.hour * 60 + moment.minute


def _outcome(rule: RoutingRule) -> types.Outcome:
    return types.Outcome(
        side=SIDES.get(rule.goes_to),
        senior=rule.goes_to == Destination.SENIORS,
        party=_named_party(rule),
        widens_after=rule.widens_after,
        add_priority=rule.add_priority,
        needs={rule.skill.key: rule.level} if rule.skill else {},
    )


def _named_party(rule: RoutingRule) -> types.Party | None:
    if rule.team_id:
        return types.team(rule.team_id)
    return types.vendor(rule.vendor_id) if rule.vendor_id else None


def engine_rule(row: RoutingQueue) -> types.QueueRule:
    return types.QueueRule(
        queue=row.queue_id,
        strategy=types.Strategy(row.strategy),
        offer_seconds=row.offer_seconds,
        growth_per_minute=row.growth_per_minute,
        value_weight=row.value_weight,
        overflow=tuple(_step(step) for step in row.overflow.all()),
        shares=tuple(types.Share(_party(share), share.percent) for share in row.shares.all()),
        hybrid=_hybrid(row) if row.is_hybrid else None,
        learned=row.is_learned,
    )


def needs_of(row: RoutingQueue) -> dict[str, int]:
    return {need.skill.key: need.level for need in row.skills.all()}


def _step(row: OverflowRow) -> types.OverflowStep:
    change = types.OverflowChange(row.change)
    target = {types.OverflowChange.ADD_QUEUE: row.queue_id, types.OverflowChange.ADD_TEAM: row.team_id}.get(change)
    return types.OverflowStep(row.after, change, skill=row.skill.key if row.skill else "", target=target or 0)


def _party(share: QueueShare) -> types.Party:
    if share.team_id:
        return types.team(share.team_id)
    return types.vendor(share.vendor_id) if share.vendor_id else types.IN_HOUSE


def _hybrid(row: RoutingQueue) -> types.Hybrid:
    return types.Hybrid(
        senior_from=row.senior_from,
        overload_percent=row.overload_percent,
        overload_wait=row.overload_wait,
        failed_attempts=row.failed_attempts,
    )


def given_of(rule: types.QueueRule, teams_of: Mapping[int, frozenset[int]]) -> dict[types.Party, int]:
    """What each party of a split was offered over the last day; somebody of several counts for the first."""
    if rule.strategy is not types.Strategy.PERCENTAGE_SPLIT:
        return {}
    since: datetime = now() - SHARES_COUNT_OVER
    offered = Assignment.objects.filter(ticket__queue_id=rule.queue, offered_at__gte=since)
    given: dict[types.Party, int] = {}
    for user_id, vendor_id, count in (
        offered.order_by().values_list("user_id", "user__vendor_id").annotate(n=Count("pk"))
    ):
        agent = types.Agent(user_id, frozenset(), teams=teams_of.get(user_id, frozenset()), vendor=vendor_id)
        party = next((share.party for share in rule.shares if agent.belongs_to(share.party)), None)
        if party is not None:
            given[party] = given.get(party, 0) + count
    return given


def keywords_asked(rows: Iterable[RoutingQueue]) -> dict[int, frozenset[str]]:
    """By queue: the words of its rules, on or off, so that a draft finds them too."""
    return {row.queue_id: frozenset(word for rule in row.rules.all() for word in rule.keywords) for row in rows}
