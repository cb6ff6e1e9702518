"""How long those who wait in front of us will still wait, by the floor as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from statistics import median
from typing import Final

from apps.core.clock import now
from apps.routing.engine import types
from apps.routing.engine.outlook import Outlook, outlooks
from apps.routing.selectors.crew import available_agents
from apps.routing.selectors.rules import automatic_queues, engine_rule, engine_rules, needs_of
from apps.routing.selectors.waiting import waiting_work
from apps.tickets.enums import WorkKind
from apps.tickets.models import Assignment

LOOKS_BACK: Final = timedelta(days=7)
NEWEST: Final = 5_000
"""Assignments of all kinds that are looked through, so that the look costs the same after years."""
FEWEST: Final = 5
"""Of fewer nothing is concluded."""
MOST: Final = 50


NEWCOMER: Final = 0
"""Stands for a ticket that is not there yet."""


def outlooks_of(ticket_ids: Collection[int], newcomer: types.Work | None = None) -> dict[int, Outlook]:
    """By ticket, of chats in queues that hand out work. The order is routing's, among these tickets alone: whatever else
    lies in the queue does not take the place of somebody who sits and waits.
    """
    queues = automatic_queues()
    rules = [engine_rule(row) for row in queues]
    automatic = {rule.queue for rule in rules}
    asked = [*waiting_work(queues, ticket_ids), *([newcomer] if newcomer is not None else [])]
    work = [piece for piece in asked if piece.queue in automatic]
    if not work:
        return {}
    agents = list(available_agents(queues).values())
    return outlooks(work, agents, rules, handling_times(automatic), now().timestamp(), engine_rules(queues))


def outlook_of_newcomer(ticket_ids: Collection[int], *, queue_id: int, channel_id: int) -> Outlook | None:
    """Of somebody who would begin a chat now, behind those who wait. None where the queue hands out no work."""
    row = next((row for row in automatic_queues() if row.queue_id == queue_id), None)
    if row is None:
        return None
    newcomer = types.Work(
        id=NEWCOMER,
        kind=types.WorkKind.CHAT,
        queue=queue_id,
        entered=now().timestamp(),
        channel=channel_id,
        needs=needs_of(row),
    )
    return outlooks_of(ticket_ids, newcomer)[NEWCOMER]


def handling_times(queue_ids: Collection[int]) -> dict[int, float]:
    """By queue: the seconds that a chat usually occupies its agent. None is told where too few were handled lately."""
    newest = Assignment.objects.order_by("-pk").values("pk")[:NEWEST]
    ended = Assignment.objects.filter(
        pk__in=newest,
        work_kind=WorkKind.CHAT,
        ticket__queue_id__in=queue_ids,
        started_at__isnull=False,
        ended_at__gte=now() - LOOKS_BACK,
    )
    spans: dict[int, list[float]] = defaultdict(list)
    for queue_id, started_at, ended_at in ended.order_by("-pk").values_list(
        "ticket__queue_id", "started_at", "ended_at"
    ):
        if started_at is not None and ended_at is not None and len(spans[queue_id]) < MOST:
            spans[queue_id].append((ended_at - started_at).total_seconds())
    return {queue_id: median(found) for queue_id, found in spans.items() if len(found) >= FEWEST}
