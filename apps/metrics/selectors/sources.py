"""What is stored of tickets and of agents' states, as facts are made from it: a few statements for a whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from apps.accounts.models import Team, User
from apps.core.events import parse_event
from apps.core.models import Event
from apps.livechat.enums import EndedBy
from apps.livechat.models import ChatSession
from apps.metrics.enums import LIVE
from apps.metrics.folding import history, sides
from apps.metrics.folding.history import Step
from apps.metrics.folding.work import Contact, Hold
from apps.routing.models import AgentStateChange
from apps.sla.enums import TimerState
from apps.sla.models import Timer
from apps.sla.selectors.promises import Book
from apps.tickets.enums import WorkKind
from apps.tickets.events import TicketAssigned
from apps.tickets.models import Assignment, Interaction, Ticket
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.selectors.work import kind_of_channel

READ: Final = history.READ | sides.READ
BEFORE: Final = timedelta(days=1)
"""No event of a ticket is older than its opening by more than this; spares the partitions before."""


@dataclass(frozen=True, slots=True)
class EndedTimer:
    """A promise that was kept or broken."""

    id: int
    target: str
    policy: str
    state: str
    started_at: datetime
    decided_at: datetime
    ended_at: datetime | None
    taken: timedelta | None


@dataclass(frozen=True, slots=True)
class TicketSource:
    ticket_id: int
    queue_id: int
    channel_id: int | None
    category_id: int | None
    kind: str
    priority: int
    opened_at: datetime
    is_spam: bool
    steps: Sequence[Step]
    holds: Sequence[Hold]
    contacts: Sequence[Contact]
    timers: Sequence[EndedTimer]
    vendors: Mapping[int, int | None]
    """Of the people who had to do with it."""
    teams: Mapping[int, int]
    """The vendors of their teams."""


@dataclass(frozen=True, slots=True)
class AgentLog:
    """`changes` from the one in force at the moment asked for."""

    user_id: int
    vendor_id: int | None
    changes: Sequence[AgentStateChange]


# --- Tickets ----------------------------------------------------------------------------------------------------------


def read_tickets(ids: Collection[int]) -> list[TicketSource]:
    columns = ("queue_id", "channel_id", "category_id", "priority", "opened_at", "is_spam")
    tickets = list(Ticket.objects.filter(pk__in=ids).only(*columns).order_by("pk"))
    if not tickets:
        return []
    steps, holds, contacts, timers = _steps(tickets), _holds(ids), _contacts(ids), _timers(ids)
    people = {hold.user_id for each in holds.values() for hold in each}
    people |= {step.user_id for each in steps.values() for step in each if step.user_id is not None}
    people |= {pk for each in steps.values() for step in each for pk in _given_to(step)}
    vendors = dict(User.objects.filter(pk__in=people).values_list("pk", "vendor_id"))
    teams = dict(Team.objects.filter(vendor__isnull=False).values_list("pk", "vendor_id"))
    return [
        TicketSource(
            ticket_id=row.pk,
            queue_id=row.queue_id,
            channel_id=row.channel_id,
            category_id=row.category_id,
            kind=_kind(row.channel_id),
            priority=row.priority,
            opened_at=row.opened_at,
            is_spam=row.is_spam,
            steps=steps[row.pk],
            holds=holds[row.pk],
            contacts=contacts[row.pk],
            timers=timers[row.pk],
            vendors=vendors,
            teams=teams,
        )
        for row in tickets
    ]


def _given_to(step: Step) -> Iterable[int]:
    if isinstance(step.event, TicketAssigned) and step.event.new_user_id is not None:
        yield step.event.new_user_id


def _kind(channel_id: int | None) -> str:
    channel = vocabulary().channels.get(channel_id or 0)
    return kind_of_channel(channel.kind).value if channel is not None else WorkKind.TICKET.value


def _steps(tickets: Sequence[Ticket]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    since = min(row.opened_at for row in tickets) - BEFORE
    rows = Event.objects.filter(ticket_id__in=[row.pk for row in tickets], kind__in=READ, created__gte=since)
    for row in rows:
        if row.ticket_id is not None:
            found[row.ticket_id].append(Step(row.ordinal, row.created, parse_event(row), row.actor_user_id))
    return found


def _holds(ids: Collection[int]) -> dict[int, list[Hold]]:
    found: dict[int, list[Hold]] = defaultdict(list)
    columns = (
        "ticket_id", "pk", "user_id", "user__vendor_id", "state", "work_kind", "offered_at", "started_at", "ended_at",
    )  # fmt: skip
    for ticket_id, *values in Assignment.objects.filter(ticket_id__in=ids).order_by("pk").values_list(*columns):
        found[ticket_id].append(Hold(*values))
    return found


def _contacts(ids: Collection[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    rows = Interaction.objects.filter(ticket_id__in=ids).order_by("pk")
    chats = {
        pk: (is_away, ended_by)
        for pk, is_away, ended_by in ChatSession.objects.filter(interaction__ticket__in=ids).values_list(
            "interaction_id", "is_away", "ended_by"
        )
    }
    columns = ("ticket_id", "pk", "channel_id", "started_at", "ended_at", "last_inbound_at")
    for ticket_id, pk, channel_id, started_at, ended_at, inbound_at in rows.values_list(*columns):
        kind = _kind(channel_id)
        is_away, ended_by = chats.get(pk, (False, ""))
        contact = Contact(
            id=pk,
            channel_id=channel_id,
            kind=kind,
            is_live=kind in LIVE and not is_away,
            is_inbound=inbound_at is not None,
            started_at=started_at,
            ended_at=ended_at,
            was_ended_by_us=ended_by == EndedBy.AGENT,
        )
        found[ticket_id].append(contact)
    return found


def _timers(ids: Collection[int]) -> dict[int, list[EndedTimer]]:
    """Those that were kept or broken; what still runs, and what was cancelled, is neither."""
    found: dict[int, list[EndedTimer]] = defaultdict(list)
    decided = Timer.objects.filter(ticket_id__in=ids, state__in=(TimerState.MET, TimerState.BREACHED))
    book = Book()
    for timer in decided.select_related("policy", "calendar").order_by("pk"):
        found[timer.ticket_id].append(_timer(timer, book))
    return found


def _timer(timer: Timer, book: Book) -> EndedTimer:
    end = timer.ended_at
    broken_at = timer.due_at if timer.state == TimerState.BREACHED else None
    return EndedTimer(
        id=timer.pk,
        target=timer.target,
        policy=timer.policy.key if timer.policy else "",
        state=timer.state,
        started_at=timer.started_at,
        decided_at=broken_at or end or timer.started_at,
        ended_at=end,
        taken=None if end is None else timer.count(book.timetable(timer.calendar)).passed(end),
    )


# --- Agents -----------------------------------------------------------------------------------------------------------


def agent_logs(since: Mapping[int, datetime]) -> Iterable[AgentLog]:
    """Of each agent what was logged since then, with the state they were in at that moment."""
    for user in User.objects.filter(pk__in=list(since)).order_by("pk"):
        log = AgentStateChange.objects.filter(user=user)
        before = log.filter(created__lt=since[user.pk]).order_by("-created", "-pk").values_list("created", flat=True)
        first: Any = before.first() or since[user.pk]
        rows = log.filter(Q(created__gte=first)).select_related("reason").order_by("created", "pk")
        yield AgentLog(user.pk, user.vendor_id, list(rows))
