"""Warnings and breaches that are due. Any number of workers may look for them at once.

A worker locks the ticket, and passes by what another holds. Then it looks whether events of the ticket wait to be counted:
an answer that came in time must not be told as a breach because its event is late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.events import last_position, publish
from apps.core.inserting import gathered
from apps.core.models import Event, ParkedEvent, SubscriberPosition
from apps.core.updating import update_rows
from apps.sla import events
from apps.sla.counting import WHOLE
from apps.sla.enums import TimerState, TimerStep
from apps.sla.models import Escalation, Timer, TimerChange
from apps.sla.selectors.promises import Book
from apps.sla.services.clockwork import about, refresh
from apps.sla.services.deadlines import tell_deadlines
from apps.sla.services.escalations import Fired, escalate
from apps.sla.services.timers import TAKEN
from apps.tickets.models import Ticket

BATCH = 200
COUNTER = "sla.timers"
"""The subscriber that counts; how far it has come says which tickets are up to date."""
UNCOUNTED_FOR = timedelta(days=7)
"""How far back events are looked for that are not counted yet: no worker is away for longer."""


@transaction.atomic
def tell_due() -> int:
    """Tells one batch of what is due, in the order in which it became due; returns how many tickets."""
    moment = clock.now()
    tickets = _claim(moment)
    if not tickets:
        return 0
    book = Book()
    timers = _timers(tickets)
    fired = sorted(_fire(timers, moment, book), key=lambda each: each[0])
    _write(timers, [each for _at, each in fired], moment)
    _escalate(tickets, [each for _at, each in fired])
    return len(tickets)


def _claim(moment: datetime) -> dict[int, Ticket]:
    uncounted = uncounted_since(moment)
    tickets = {row.ticket_id: row.ticket for row in due_now(moment, uncounted)}
    # Once more under the lock: whoever held it until now may have written an event.
    late = set(uncounted.filter(ticket_id__in=list(tickets)).values_list("ticket_id", flat=True))
    left_alone = late | _set_aside(tickets)
    return {pk: ticket for pk, ticket in tickets.items() if pk not in left_alone}


def due_now(moment: datetime, uncounted: QuerySet[Event]) -> QuerySet[Timer]:
    due = Timer.objects.filter(next_at__lte=moment).order_by("next_at")
    return (
        due.filter(~Exists(uncounted.filter(ticket_id=OuterRef("ticket_id"))))
        .select_related("ticket__team", "ticket__assignee")
        .select_for_update(of=("ticket",), skip_locked=True, no_key=True)[:BATCH]
    )


def uncounted_since(moment: datetime) -> QuerySet[Event]:
    counted = SubscriberPosition.objects.filter(pk=COUNTER).values_list("position", flat=True).first()
    since = last_position() if counted is None else counted
    kinds = [kind.kind for kind in TAKEN]
    rows = Event.objects.filter(kind__in=kinds, created__gte=moment - UNCOUNTED_FOR)
    return rows.filter(Q(position__gt=since) | Q(position=None))


def _set_aside(tickets: Iterable[int]) -> set[int]:
    """Tickets with an event that could not be counted yet and is tried again."""
    rows = ParkedEvent.objects.filter(subscriber=COUNTER, order_key__in=list(tickets))
    waiting = rows.exclude(state=ParkedEvent.State.PARKED)
    return {pk for pk in waiting.values_list("order_key", flat=True) if pk is not None}


def _timers(tickets: Iterable[int]) -> dict[int, list[Timer]]:
    found: dict[int, list[Timer]] = {pk: [] for pk in tickets}
    rows = Timer.objects.filter(ticket_id__in=list(found)).open().select_related("policy", "calendar").order_by("pk")
    for timer in rows:
        found[timer.ticket_id].append(timer)
    return found


def _fire(timers: Mapping[int, Sequence[Timer]], moment: datetime, book: Book) -> Iterable[tuple[datetime, Fired]]:
    """Of each timer the highest level that was reached; those below it are passed over."""
    for timer in (timer for each in timers.values() for timer in each):
        if timer.next_at is None or timer.next_at > moment:
            continue
        count = timer.count(book.timetable(timer.calendar))
        shares = [share for share in (*timer.warn_at, WHOLE) if share > timer.warned]
        reached = {share: at for share in shares if (at := count.reaches(share)) is not None and at <= moment}
        if reached:
            highest = max(reached)
            timer.passed_over = {share: at for share, at in reached.items() if share != highest}  # type: ignore[attr-defined]
            timer.warned = highest if highest < WHOLE else timer.warned
            timer.state = TimerState.BREACHED if highest == WHOLE else timer.state
            yield reached[highest], Fired(timer, highest)
        refresh(timer, book)


def _write(timers: Mapping[int, Sequence[Timer]], fired: Sequence[Fired], moment: datetime) -> None:
    with gathered():
        for each in fired:
            publish(_fact(each), by=SYSTEM)
    update_rows([timer for each in timers.values() for timer in each], ["state", "warned", "due_at", "next_at"])
    TimerChange.objects.bulk_create([line for each in fired for line in _lines(each, moment)])
    tell_deadlines(timers)


def _fact(fired: Fired) -> events.SlaBreached | events.SlaWarning:
    told: dict[str, Any] = about(fired.timer)
    return events.SlaBreached(**told) if fired.share == WHOLE else events.SlaWarning(share=fired.share, **told)


def _lines(fired: Fired, moment: datetime) -> list[TimerChange]:
    timer = fired.timer
    step = TimerStep.BREACHED if fired.share == WHOLE else TimerStep.WARNED
    passed: dict[int, datetime] = timer.passed_over  # type: ignore[attr-defined]
    return [
        *(_line(timer, TimerStep.SUPERSEDED, share, at) for share, at in sorted(passed.items())),
        _line(timer, step, fired.share, moment),
    ]


def _line(timer: Timer, step: TimerStep, share: int, at: datetime) -> TimerChange:
    return TimerChange(timer=timer, step=step, share=share, at=at, due_at=timer.due_at, policy=timer.policy)


def _escalate(tickets: Mapping[int, Ticket], fired: Sequence[Fired]) -> None:
    rows = Escalation.objects.filter(policy_id__in={each.timer.policy_id for each in fired})
    steps = list(rows.select_related("person__role", "team", "queue"))
    if not steps:
        return
    by_ticket: dict[int, list[Fired]] = {}
    for each in fired:
        by_ticket.setdefault(each.timer.ticket_id, []).append(each)
    lines = [line for pk, here in by_ticket.items() for line in escalate(tickets[pk], here, steps)]
    TimerChange.objects.bulk_create(lines)
