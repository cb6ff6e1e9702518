"""The work that waits for somebody, as the engine reads it: free tickets of the queues that hand out work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef

from apps.customers.enums import CustomerLevel
from apps.routing.engine import types
from apps.routing.enums import Sentiment
from apps.routing.models import RoutingQueue, VendorAttempt
from apps.routing.selectors.keywords import keywords_of
from apps.routing.selectors.rules import VALUES, keywords_asked, needs_of
from apps.tickets.enums import RUNNING, AssignmentState, Status
from apps.tickets.models import Assignment, Ticket
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.selectors.work import kind_of_channel

MOST: Final = 10_000
"""Of more than these the most urgent are looked at first; the others come up as those are given away."""
NO_CHANNEL: Final = 0


@dataclass
class _Past:
    """What became of a ticket's earlier offers and assignments."""

    declined: set[int] = field(default_factory=set)
    declined_at: float = 0.0
    missed: set[int] = field(default_factory=set)
    failed_vendor_attempts: int = 0
    was_in_house: bool = False


def waiting_work(
    queues: Collection[RoutingQueue],
    tickets: Collection[int] | None = None,
    *,
    among: Collection[int] | None = None,
) -> list[types.Work]:
    """What is free in the queues, all of it or `among` the given; or these very `tickets`, free or not."""
    by_queue = {row.queue_id: row for row in queues}
    rows = _free_tickets(by_queue) if tickets is None else Ticket.objects.filter(pk__in=tickets)
    if among is not None:
        rows = rows.filter(pk__in=among)
    found = list(rows.only(*_COLUMNS).select_related("customer")[:MOST])
    past, last = _past_of([row.pk for row in found]), _last_agents(found, by_queue)
    spoken = keywords_of(found, keywords_asked(queues))
    works = (_work(row, by_queue.get(row.queue_id), past[row.pk], last.get(row.customer_id)) for row in found)
    return [replace(work, keywords=spoken[work.id]) if work.id in spoken else work for work in works]


_COLUMNS = (
    "queue_id", "channel_id", "category_id", "priority", "language", "waiting_since", "opened_at", "intent", "is_kept_in_house",
    "customer__level", "sentiment", "message_count",
)  # fmt: skip


def _free_tickets(queue_ids: Iterable[int]) -> Any:
    running = Assignment.objects.filter(ticket_id=OuterRef("pk"), state__in=RUNNING)
    free = Ticket.objects.listed().filter(
        queue_id__in=list(queue_ids), assignee__isnull=True, status__in=(Status.NEW, Status.OPEN)
    )
    return free.exclude(Exists(running)).order_by("-priority", "opened_at")


def _work(ticket: Ticket, routing: RoutingQueue | None, past: _Past, last: tuple[int, float] | None) -> types.Work:
    channel = vocabulary().channels.get(ticket.channel_id or 0)
    kind = kind_of_channel(channel.kind) if channel is not None else types.WorkKind.TICKET
    level = CustomerLevel(ticket.customer.level) if ticket.customer is not None else CustomerLevel.STANDARD
    return types.Work(
        id=ticket.pk,
        kind=types.WorkKind(kind),
        queue=ticket.queue_id,
        entered=(ticket.waiting_since or ticket.opened_at).timestamp(),
        priority=ticket.priority,
        customer_value=VALUES[level],
        language=ticket.language.lower(),
        channel=ticket.channel_id or NO_CHANNEL,
        category=ticket.category_id,
        intent=ticket.intent,
        sentiment=Sentiment.of(ticket.sentiment),
        needs=needs_of(routing) if routing is not None else {},
        last_agent=last[0] if last else None,
        last_agent_at=last[1] if last else 0.0,
        declined_by=frozenset(past.declined),
        declined_at=past.declined_at,
        missed_by=frozenset(past.missed),
        failed_vendor_attempts=past.failed_vendor_attempts,
        held_by=types.Side.IN_HOUSE if past.was_in_house else None,
        is_kept_in_house=ticket.is_kept_in_house,
    )


def _past_of(ticket_ids: Collection[int]) -> dict[int, _Past]:
    found: dict[int, _Past] = defaultdict(_Past)
    failed = VendorAttempt.objects.filter(ticket__in=ticket_ids).order_by().values_list("ticket_id")
    for ticket_id, count in failed.annotate(count=Count("pk")):
        found[ticket_id].failed_vendor_attempts = count
    rows = Assignment.objects.filter(ticket_id__in=ticket_ids, ended_at__isnull=False).order_by("pk")
    columns = ("ticket_id", "user_id", "state", "started_at", "ended_at", "user__vendor_id")
    for ticket_id, user_id, state, started_at, ended_at, vendor_id in rows.values_list(*columns):
        past = found[ticket_id]
        if state == AssignmentState.DECLINED:
            past.declined.add(user_id)
            past.declined_at = ended_at.timestamp()
        elif state == AssignmentState.MISSED:
            past.missed.add(user_id)
        elif started_at is not None:
            past.was_in_house |= vendor_id is None
    return found


def _last_agents(tickets: Iterable[Ticket], queues: dict[int, RoutingQueue]) -> dict[int | None, tuple[int, float]]:
    """By customer, where their queue asks for it: who served them last, and when."""
    asking = {pk for pk, row in queues.items() if row.strategy == types.Strategy.LAST_AGENT}
    customers = {ticket.customer_id for ticket in tickets if ticket.queue_id in asking and ticket.customer_id}
    if not customers:
        return {}
    served = Assignment.objects.filter(ticket__customer_id__in=customers, started_at__isnull=False)
    rows = served.order_by("ticket__customer_id", "-started_at").distinct("ticket__customer_id")
    return {
        customer_id: (user_id, started_at.timestamp())
        for customer_id, user_id, started_at in rows.values_list("ticket__customer_id", "user_id", "started_at")
        if started_at is not None
    }
