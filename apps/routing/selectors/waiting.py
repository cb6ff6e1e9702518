"""The work that waits for somebody, as the engine reads it: free tickets of the queues that hand out work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Value, When

from apps.core.models.expressions import any_of
from apps.routing.engine import types
from apps.routing.enums import Sentiment
from apps.routing.models import RoutingQueue, VendorAttempt
from apps.routing.selectors.keywords import keywords_of
from apps.routing.selectors.rules import VALUES, keywords_asked, needs_of
from apps.sla.counting import WHOLE
from apps.sla.enums import TimerState
from apps.sla.models import Timer
from apps.tickets.enums import RUNNING, AssignmentState, DecisionKind, Status
from apps.tickets.models import Assignment, Ticket
from apps.tickets.selectors.reviews import left_alone
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
    missed: dict[int, float] = field(default_factory=dict)
    failed_vendor_attempts: int = 0
    was_in_house: bool = False


_NO_PAST: Final = _Past()
_NOBODY: Final = (None, 0.0)
_VALUE_OF: Final = {level.value: value for level, value in VALUES.items()}


class WaitingTicket(NamedTuple):
    """The columns of a ticket that routing asks about: ten thousand of them are read at once."""

    id: int
    queue_id: int
    customer_id: int | None
    customer__level: str | None
    channel_id: int | None
    category_id: int | None
    priority: int
    language: str
    waiting_since: datetime | None
    opened_at: datetime
    intent: str
    sentiment: int | None
    is_kept_in_house: bool
    message_count: int


def waiting_work(
    queues: Collection[RoutingQueue],
    tickets: Collection[int] | None = None,
    *,
    among: Collection[int] | None = None,
) -> list[types.Work]:
    """What is free in the queues, all of it or `among` the given; or these very `tickets`, free or not."""
    by_queue = {row.queue_id: row for row in queues}
    rows = _free_tickets(by_queue) if tickets is None else Ticket.objects.filter(any_of("id", tickets))
    if among is not None:
        rows = rows.filter(any_of("id", among))
    found = [WaitingTicket(*row) for row in rows.values_list(*WaitingTicket._fields)[:MOST]]
    ids = [row.id for row in found]
    keywords = keywords_of(found, keywords_asked(queues))
    reader = _Reader(by_queue, _past_of(ids), _last_agents(found, by_queue), keywords, _time_used(ids, queues))
    return [reader.work(row) for row in found]


class _Reader:
    """What many rows have in common is looked up once."""

    def __init__(
        self,
        queues: Mapping[int, RoutingQueue],
        past: Mapping[int, _Past],
        last: Mapping[int | None, tuple[int, float]],
        keywords: Mapping[int, frozenset[str]],
        time_used: Mapping[int, int],
    ) -> None:
        self._past, self._last, self._keywords, self._time_used = past, last, keywords, time_used
        self._needs = {pk: needs_of(row) for pk, row in queues.items()}
        channels = vocabulary().channels
        self._kinds = {pk: types.WorkKind(kind_of_channel(channel.kind)) for pk, channel in channels.items()}

    def work(self, ticket: WaitingTicket) -> types.Work:
        past, last = self._past.get(ticket.id, _NO_PAST), self._last.get(ticket.customer_id, _NOBODY)
        return types.Work(
            id=ticket.id,
            kind=self._kinds.get(ticket.channel_id or NO_CHANNEL, types.WorkKind.TICKET),
            queue=ticket.queue_id,
            entered=(ticket.waiting_since or ticket.opened_at).timestamp(),
            priority=ticket.priority,
            customer_value=_VALUE_OF.get(ticket.customer__level or "", 0),
            language=ticket.language.lower(),
            channel=ticket.channel_id or NO_CHANNEL,
            category=ticket.category_id,
            keywords=self._keywords.get(ticket.id, frozenset()),
            intent=ticket.intent,
            sentiment=Sentiment.of(ticket.sentiment),
            time_used=self._time_used.get(ticket.id, 0),
            needs=self._needs.get(ticket.queue_id, {}),
            last_agent=last[0],
            last_agent_at=last[1],
            declined_by=frozenset(past.declined),
            declined_at=past.declined_at,
            missed_by=past.missed,
            failed_vendor_attempts=past.failed_vendor_attempts,
            held_by=types.Side.IN_HOUSE if past.was_in_house else None,
            is_kept_in_house=ticket.is_kept_in_house,
        )


def _free_tickets(queue_ids: Iterable[int]) -> Any:
    running = Assignment.objects.filter(ticket_id=OuterRef("pk"), state__in=RUNNING)
    free = Ticket.objects.listed().filter(
        queue_id__in=list(queue_ids), assignee__isnull=True, status__in=(Status.NEW, Status.OPEN)
    )
    return free.exclude(Exists(running)).exclude(left_alone(DecisionKind.ROUTING)).order_by("-priority", "opened_at")


def _past_of(ticket_ids: Collection[int]) -> dict[int, _Past]:
    found: dict[int, _Past] = defaultdict(_Past)
    failed = VendorAttempt.objects.filter(any_of("ticket_id", ticket_ids)).order_by().values_list("ticket_id")
    for ticket_id, count in failed.annotate(count=Count("pk")):
        found[ticket_id].failed_vendor_attempts = count
    rows = Assignment.objects.filter(any_of("ticket_id", ticket_ids), ended_at__isnull=False).order_by("pk")
    columns = ("ticket_id", "user_id", "state", "started_at", "ended_at", "user__vendor_id")
    for ticket_id, user_id, state, started_at, ended_at, vendor_id in rows.values_list(*columns):
        past = found[ticket_id]
        if state == AssignmentState.DECLINED:
            past.declined.add(user_id)
            past.declined_at = ended_at.timestamp()
        elif state == AssignmentState.MISSED:
            past.missed[user_id] = ended_at.timestamp()
        elif started_at is not None:
            past.was_in_house |= vendor_id is None
    return found


def _time_used(ticket_ids: Collection[int], queues: Iterable[RoutingQueue]) -> dict[int, int]:
    """By ticket, of promises that are open: the highest share that was told. Read where any rule asks for it."""
    if not any(rule.time_used_from is not None for row in queues for rule in row.rules.all()):
        return {}
    open_timers = Timer.objects.open().filter(any_of("ticket_id", ticket_ids)).order_by()
    told = Case(When(state=TimerState.BREACHED, then=Value(WHOLE)), default=F("warned"), output_field=IntegerField())
    return dict(open_timers.values_list("ticket_id").annotate(used=Max(told)).filter(used__gt=0))


def _last_agents(
    tickets: Iterable[WaitingTicket], queues: Mapping[int, RoutingQueue]
) -> dict[int | None, tuple[int, float]]:
    """By customer, where their queue asks for it: who served them last, and when."""
    asking = {pk for pk, row in queues.items() if row.strategy == types.Strategy.LAST_AGENT}
    customers = {ticket.customer_id for ticket in tickets if ticket.queue_id in asking and ticket.customer_id}
    if not customers:
        return {}
    served = Assignment.objects.filter(any_of("ticket__customer_id", customers), started_at__isnull=False)
    rows = served.order_by("ticket__customer_id", "-started_at").distinct("ticket__customer_id")
    return {
        customer_id: (user_id, started_at.timestamp())
        for customer_id, user_id, started_at in rows.values_list("ticket__customer_id", "user_id", "started_at")
        if started_at is not None
    }
