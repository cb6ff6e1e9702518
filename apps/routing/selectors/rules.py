"""The queues that hand out work, as the engine reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count

from apps.core.clock import now
from apps.routing.engine import types
from apps.routing.models import OverflowRow, QueueShare, RoutingQueue
from apps.tickets.models import Assignment

SHARES_COUNT_OVER = timedelta(days=1)


def automatic_queues() -> list[RoutingQueue]:
    rows = RoutingQueue.objects.filter(is_automatic=True, queue__is_active=True).select_related("senior_team")
    return list(rows.prefetch_related("skills__skill", "overflow__skill", "shares"))


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
