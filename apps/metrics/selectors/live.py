"""The floor at this moment, for wallboards and alerts. What waits and who is there is read from the rows of work
themselves, what became of today's waits from the facts.

Every list costs the same few statements, however many queues and people there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce

from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.core.clock import now
from apps.metrics.measures import Parts, last, today
from apps.metrics.measures.waiting import SERVICE_LEVEL, WAITS
from apps.metrics.models import ServiceGoal
from apps.metrics.models.goal import PERCENT, SECONDS
from apps.routing.enums import Presence
from apps.routing.selectors.capacity import WHOLE, weights_of
from apps.routing.selectors.floor import FloorRow, floor
from apps.sla.enums import Target
from apps.sla.models import Timer
from apps.tickets.enums import AssignmentState, SlaState, Status, WorkKind
from apps.tickets.models import Assignment, Queue, QueueGroupObjectPermission, Ticket
from apps.tickets.selectors.vocabulary import vocabulary

NOW: Final = timedelta(minutes=30)
"""How far "now" reaches back in service levels, and forward in breaches that are coming."""
OUR_TURN: Final = (Status.NEW, Status.OPEN)
IN_TIME: Final = (SlaState.RUNNING, SlaState.WARNING)
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class QueueNow:
    """Service levels in percent; None where nobody asked for a person in that time."""

    queue_id: int
    name: str
    waiting: int
    oldest_wait: int | None
    """Seconds; None where nothing waits."""
    in_work: int
    agents_free: int
    """Available, granted the queue, and not yet full."""
    service_level_now: float | None
    service_level_today: float | None
    answered_today: int
    abandoned_today: int
    breaches_coming: int
    """Within the next half hour."""
    goal_percent: int = PERCENT
    goal_seconds: int = SECONDS


@dataclass(frozen=True, slots=True)
class AgentNow:
    user_id: int
    name: str
    team: str
    vendor: str | None
    state: str
    state_label: str
    reason: str
    since: datetime | None
    """Empty for who never had a state."""
    load: int
    """How much of them is taken, in percent."""
    capacity: int
    """How many chats fill them; 0 where chats are not theirs."""
    chats: int
    oldest_chat_wait: int | None
    """Seconds that the customer of one of their chats waits for an answer."""
    username: str = ""


@dataclass(frozen=True, slots=True)
class BreachSoon:
    number: int
    queue_id: int
    queue: str
    target: str
    target_label: str
    due_at: datetime
    seconds_left: int
    assignee: str


# --- Queues -----------------------------------------------------------------------------------------------------------


def queues_now(actor: Actor) -> list[QueueNow]:
    """Those in use that the actor works or oversees, in the managers' order."""
    rows = _Rows(
        work=_work_by_queue(actor),
        coming=_coming_by_queue(actor),
        free=_free_by_queue(actor),
        waits_now=WAITS.read(actor, last(NOW), "queue"),
        waits_today=WAITS.read(actor, today(), "queue"),
        goals=_goals(actor),
    )
    moment = now()
    queues = Queue.objects.visible_to(actor).filter(is_active=True).order_by("position", "key")
    return [_queue(queue, rows, moment) for queue in queues]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What was read, by queue."""

    work: Mapping[int, Mapping[str, Any]]
    coming: Mapping[int, int]
    free: Mapping[int, int]
    waits_now: Mapping[int, Parts]
    waits_today: Mapping[int, Parts]
    goals: Mapping[int, tuple[int, int]]


def _queue(queue: Queue, rows: _Rows, moment: datetime) -> QueueNow:
    work, today_ = rows.work.get(queue.pk, {}), rows.waits_today.get(queue.pk)
    percent, seconds = rows.goals.get(queue.pk, (PERCENT, SECONDS))
    return QueueNow(
        queue_id=queue.pk,
        name=str(queue.name),
        waiting=work.get("waiting", 0),
        oldest_wait=_seconds(work.get("oldest"), moment),
        in_work=work.get("in_work", 0),
        agents_free=rows.free.get(queue.pk, 0),
        service_level_now=_service_level(rows.waits_now.get(queue.pk)),
        service_level_today=_service_level(today_),
        answered_today=today_["answered"] if today_ else 0,
        abandoned_today=today_["abandoned"] if today_ else 0,
        breaches_coming=rows.coming.get(queue.pk, 0),
        goal_percent=percent,
        goal_seconds=seconds,
    )


def _service_level(parts: Parts | None) -> float | None:
    return None if parts is None else SERVICE_LEVEL.value(parts)


def _goals(actor: Actor) -> dict[int, tuple[int, int]]:
    rows = ServiceGoal.objects.visible_to(actor).values_list("queue_id", "percent", "seconds")
    return {queue_id: (percent, seconds) for queue_id, percent, seconds in rows}


def _work_by_queue(actor: Actor) -> dict[int, dict[str, Any]]:
    """Of the tickets on which it is our turn: how many nobody holds, since when, and how many are held."""
    free = Q(assignee__isnull=True)
    rows = (
        Ticket.objects.visible_to(actor)
        .listed()
        .filter(status__in=OUR_TURN)
        .order_by()
        .values("queue_id")
        .annotate(
            waiting=Count("pk", filter=free),
            oldest=Min(Coalesce("waiting_since", "opened_at"), filter=free),
            in_work=Count("pk", filter=~free),
        )
    )
    return {row["queue_id"]: dict(row) for row in rows}


def _coming_by_queue(actor: Actor) -> dict[int, int]:
    rows = _due_within(actor, NOW).order_by().values_list("queue_id").annotate(n=Count("pk"))
    return dict(rows)


def _free_by_queue(actor: Actor) -> Counter[int]:
    free = [row.user_id for row in floor(actor) if row.state.state == Presence.AVAILABLE and row.percent < 100]
    granted = QueueGroupObjectPermission.objects.filter(permission__codename="work_queue", group__user__in=free)
    pairs = granted.exclude(group__team__is_active=False).values_list("group__user", "content_object_id")
    return Counter(queue_id for _user_id, queue_id in set(pairs))


# --- People -----------------------------------------------------------------------------------------------------------


def agents_now(actor: Actor) -> list[AgentNow]:
    """Everybody on the floor whose state the actor may know; the available first."""
    rows = floor(actor)
    ids = [row.user_id for row in rows]
    teams, chats, waits, moment = _team_names(ids), _most_chats(actor, ids), _chat_waits(ids), now()
    return [_agent(row, teams, chats, _seconds(waits.get(row.user_id), moment)) for row in rows]


def _agent(row: FloorRow, teams: Mapping[int, str], chats: Mapping[int, int], oldest: int | None) -> AgentNow:
    return AgentNow(
        user_id=row.user_id,
        name=row.name,
        team=teams.get(row.user_id, ""),
        vendor=row.company or None,
        state=row.state.state,
        state_label=row.state.label,
        reason=row.state.reason,
        since=row.state.since,
        load=row.percent,
        capacity=chats.get(row.user_id, 0),
        chats=dict(row.load).get(WorkKind.CHAT, 0),
        oldest_chat_wait=oldest,
        username=row.username,
    )


def _team_names(user_ids: Iterable[int]) -> dict[int, str]:
    """Of somebody in several teams the first by key."""
    rows = Team.objects.filter(is_active=True, group__user__in=list(user_ids)).order_by("-key")
    return {user_id: str(name) for user_id, name in rows.values_list("group__user", "name")}


def _most_chats(actor: Actor, user_ids: Iterable[int]) -> dict[int, int]:
    users = list(User.objects.visible_to(actor).filter(pk__in=list(user_ids)))
    points = {user_id: weights.get(WorkKind.CHAT, 0) for user_id, weights in weights_of(users).items()}
    return {user_id: WHOLE // each for user_id, each in points.items() if each}


def _chat_waits(user_ids: Iterable[int]) -> dict[int, datetime]:
    """Since when the longest waiting customer of each waits. Only times: whose chats these are is not told."""
    held = Assignment.objects.filter(
        user_id__in=list(user_ids),
        state=AssignmentState.ACCEPTED,
        work_kind=WorkKind.CHAT,
        ticket__status__in=OUR_TURN,
    )
    rows = held.order_by().values_list("user_id").annotate(since=Min("ticket__waiting_since"))
    return {user_id: since for user_id, since in rows if since is not None}


# --- Promises ---------------------------------------------------------------------------------------------------------


def breaches_soon(actor: Actor, within: timedelta) -> list[BreachSoon]:
    """Tickets whose next promise is broken within that time unless something happens; the most urgent first."""
    tickets = list(_due_within(actor, within).select_related("assignee").order_by("next_due_at", "pk")[:MOST])
    timers = Timer.objects.visible_to(actor).open().filter(ticket__in=[row.pk for row in tickets])
    targets = {
        (ticket_id, due_at): target for ticket_id, due_at, target in timers.values_list("ticket", "due_at", "target")
    }
    moment = now()
    return [_breach(row, targets.get((row.pk, row.next_due_at), ""), moment) for row in tickets]


def _breach(ticket: Ticket, target: str, moment: datetime) -> BreachSoon:
    due_at = ticket.next_due_at or moment
    return BreachSoon(
        number=ticket.number,
        queue_id=ticket.queue_id,
        queue=vocabulary().queue_label(ticket.queue_id),
        target=target,
        target_label=str(Target(target).label) if target else "",
        due_at=due_at,
        seconds_left=max(0, int((due_at - moment).total_seconds())),
        assignee=str(ticket.assignee or ""),
    )


def _due_within(actor: Actor, within: timedelta) -> Any:
    moment = now()
    rows = Ticket.objects.visible_to(actor).listed().active()
    return rows.filter(sla_state__in=IN_TIME, next_due_at__gt=moment, next_due_at__lte=moment + within)


def _seconds(since: datetime | None, moment: datetime) -> int | None:
    return None if since is None else max(0, int((moment - since).total_seconds()))
