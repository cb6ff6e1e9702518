"""The timers of one ticket at one moment: begun, stopped, paused, counted anew.

For the caller who holds the ticket's lock, which guards its timers as well. Nothing is written before `save`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.core.actor import SYSTEM
from apps.core.events import EventBase, publish
from apps.core.inserting import gathered
from apps.core.updating import update_rows
from apps.sla import counting, events
from apps.sla.counting import WHOLE
from apps.sla.enums import REPLIES, Target, TimerState, TimerStep
from apps.sla.models import Course, Policy, PolicyTarget, Timer, TimerChange
from apps.sla.selectors.promises import Book, targets_of
from apps.sla.services.deadlines import tell_deadline
from apps.tickets.enums import ACTIVE
from apps.tickets.models import Ticket

WRITTEN = (
    "policy", "calendar", "minutes", "measure", "warn_at", "boundaries", "state",
    "warned", "due_at", "next_at", "ended_at", "ended_by", "ended_for",
)  # fmt: skip


class Clockwork:
    def __init__(self, ticket: Ticket, course: Course, at: datetime, book: Book | None = None) -> None:
        self.ticket, self.course, self.at = ticket, course, at
        self.book = book or Book()
        rows = Timer.objects.filter(ticket=ticket).open().select_related("policy", "calendar")
        self.open: dict[str, Timer] = {timer.target: timer for timer in rows}
        self._touched: dict[int, Timer] = {}
        self._changes: list[TimerChange] = []
        self._facts: list[EventBase] = []

    @property
    def policy(self) -> Policy | None:
        return self.book.policy(self.course.policy_id)

    # Beginning

    def start(self, target: Target, at: datetime) -> None:
        """Begins what the policy promises, unless it runs already."""
        promised = targets_of(self.policy, self.ticket.priority).get(target)
        if promised is None or self.policy is None or target in self.open:
            return
        timer = Timer(ticket=self.ticket, target=target, boundaries=counting.began(at))
        self._promise(timer, self.policy, promised)
        self._refresh(timer)
        timer.save(force_insert=True)
        self.open[target] = timer
        self._record(timer, TimerStep.STARTED, at=at)
        if self._is_paused_in(self.ticket.status, target):
            self._pause(timer, self.ticket.status)

    def choose_policy(self, reason: str) -> None:
        """Asks anew which policy holds, and counts what runs by what it promises now."""
        self.course.policy = self.book.policy_for(self.ticket)
        targets = targets_of(self.policy, self.ticket.priority)
        for timer in list(self.open.values()):
            promised = targets.get(Target(timer.target))
            if promised is None or self.policy is None:
                self._cancel(timer, reason)
            else:
                self._recount(timer, self.policy, promised, reason)

    def begin_what_is_owed(self) -> None:
        """What a policy promises that the one before did not: since the customer waits, and since it was opened."""
        ticket = self.ticket
        if ticket.status not in ACTIVE or ticket.is_merged or ticket.is_spam:
            return
        if not Timer.objects.filter(ticket=ticket, target=Target.RESOLUTION).exists():
            self.start(Target.RESOLUTION, ticket.opened_at)
        if ticket.waiting_since is not None:
            self.start_waiting(ticket.waiting_since)

    def start_waiting(self, at: datetime) -> None:
        """A customer waits for an answer since then."""
        if self._was_answered(at):
            self.start(Target.NEXT_REPLY, at)
        elif Target.NEXT_REPLY not in self.open:
            self.start(Target.FIRST_REPLY, at)
            if self.ticket.assignee_id is None:
                self.start(Target.ANSWER, at)

    def _was_answered(self, at: datetime) -> bool:
        replied = self.ticket.first_replied_at
        if replied is not None and replied < at:
            return True
        ended = Timer.objects.filter(ticket=self.ticket, target=Target.FIRST_REPLY, ended_at__isnull=False)
        return ended.exclude(state=TimerState.CANCELLED).exists()

    # Ending

    def stop(self, targets: Iterable[Target], at: datetime, *, message_id: int | None = None) -> None:
        """What was promised came: in time, or too late."""
        for target in targets:
            if (timer := self.open.pop(target, None)) is not None:
                self._stop(timer, at, message_id)

    def _stop(self, timer: Timer, at: datetime, message_id: int | None) -> None:
        self._refresh(timer)
        is_late = timer.state == TimerState.BREACHED or (timer.due_at is not None and at > timer.due_at)
        was_told = timer.state == TimerState.BREACHED
        timer.ended_by = message_id
        self._end(timer, TimerState.BREACHED if is_late else TimerState.MET, at)
        self._record(timer, TimerStep.ENDED_LATE if is_late else TimerStep.MET, at=at)
        if not is_late:
            self._facts.append(events.SlaMet(**about(timer)))
        elif not was_told:  # found out only now: nobody need be called to what is done
            self._facts.append(events.SlaBreached(**about(timer)))

    def cancel_all(self, reason: str, targets: Iterable[str] = tuple(Target)) -> None:
        for target in targets:
            if target in self.open:
                self._cancel(self.open[target], reason)

    def cancel_replies(self, reason: str) -> None:
        self.cancel_all(reason, REPLIES)

    def _cancel(self, timer: Timer, reason: str) -> None:
        del self.open[timer.target]
        timer.ended_for = reason
        self._end(timer, TimerState.CANCELLED, self.at)
        self._record(timer, TimerStep.CANCELLED, reason=reason)

    def _end(self, timer: Timer, state: TimerState, at: datetime) -> None:
        boundaries = counting.stopped(timer.boundaries, at)
        timer.ended_at = boundaries[-1] if timer.is_counting else at
        timer.boundaries, timer.state, timer.next_at = boundaries, state, None
        self._touched[timer.pk] = timer

    # Opening again

    def restore(self, reason: str) -> None:
        """What was cancelled for this goes on; the time between does not count."""
        for timer in self._ended(state=TimerState.CANCELLED, ended_for=reason):
            self._reopen(timer, counting.resumed(timer.boundaries, self.at), reason)

    def reopen_resolution(self, reason: str) -> None:
        """The same promise goes on; while it lay solved no time passed."""
        ended = self._ended(target=Target.RESOLUTION)
        if ended and ended[-1].state != TimerState.CANCELLED:
            self._reopen(ended[-1], counting.resumed(ended[-1].boundaries, self.at), reason)
        elif not ended:
            self.start(Target.RESOLUTION, self.at)

    def take_back(self, message_id: int) -> None:
        """What this message ended never ended."""
        for timer in self._ended(ended_by=message_id):
            was_counting = timer.boundaries[-1] == timer.ended_at
            self._reopen(timer, timer.boundaries[:-1] if was_counting else timer.boundaries, "undo")

    def _ended(self, **narrow: object) -> list[Timer]:
        rows = Timer.objects.filter(ticket=self.ticket, ended_at__isnull=False, **narrow)
        return list(rows.select_related("policy", "calendar").order_by("ended_at", "pk"))

    def _reopen(self, timer: Timer, boundaries: list[datetime], reason: str) -> None:
        if timer.target in self.open:
            return
        was_breached = timer.state == TimerState.BREACHED
        timer.boundaries, timer.ended_at, timer.ended_by, timer.ended_for = boundaries, None, None, ""
        timer.state = TimerState.BREACHED if was_breached else TimerState.RUNNING
        self.open[timer.target] = timer
        self._changed(timer, TimerStep.REOPENED, reason)

    # Pausing

    def enter_status(self, status: str) -> None:
        for target, timer in self.open.items():
            if self._is_paused_in(status, target):
                self._pause(timer, status)
            elif not timer.is_counting:
                timer.boundaries = counting.resumed(timer.boundaries, self.at)
                self._changed(timer, TimerStep.RESUMED, status)

    def _is_paused_in(self, status: str, target: str) -> bool:
        return self.policy is not None and status in self.policy.paused_in and target in self.policy.pausing

    def _pause(self, timer: Timer, status: str) -> None:
        if timer.is_counting:
            timer.boundaries = counting.stopped(timer.boundaries, self.at)
            self._changed(timer, TimerStep.PAUSED, status)

    # Counting

    def _recount(self, timer: Timer, policy: Policy, promised: PolicyTarget, reason: str) -> None:
        before = (timer.due_at, timer.next_at, timer.minutes, timer.policy_id)
        self._promise(timer, policy, promised)
        count = timer.count(self.book.timetable(timer.calendar))
        due_at = count.due_at
        if timer.state == TimerState.BREACHED and (due_at is None or due_at > self.at):
            timer.state = TimerState.RUNNING
        reached = [
            share for share in timer.warn_at if share <= timer.warned and _is_reached(count.reaches(share), self.at)
        ]
        timer.warned = max(reached, default=0)
        self._refresh(timer)
        self._touched[timer.pk] = timer
        if before != (timer.due_at, timer.next_at, timer.minutes, timer.policy_id):
            self._record(timer, TimerStep.RECOUNTED, reason=reason)

    def _promise(self, timer: Timer, policy: Policy, promised: PolicyTarget) -> None:
        timer.policy, timer.calendar = policy, self.book.calendar_of(policy)
        timer.minutes, timer.measure, timer.warn_at = promised.minutes, promised.measure, sorted(policy.warn_at)

    def _changed(self, timer: Timer, step: TimerStep, reason: str) -> None:
        self._refresh(timer)
        self._touched[timer.pk] = timer
        self._record(timer, step, reason=reason)

    def _refresh(self, timer: Timer) -> None:
        refresh(timer, self.book)

    def _record(self, timer: Timer, step: TimerStep, *, at: datetime | None = None, reason: str = "") -> None:
        self._changes.append(
            TimerChange(
                timer=timer, step=step, at=at or self.at, due_at=timer.due_at, reason=reason, policy=timer.policy
            )
        )

    def save(self) -> None:
        with gathered():
            for fact in self._facts:
                publish(fact, by=SYSTEM)
        update_rows(self._touched.values(), WRITTEN)
        TimerChange.objects.bulk_create(self._changes)
        self.course.save()
        if self._changes:
            tell_deadline(self.ticket.pk)


def refresh(timer: Timer, book: Book) -> None:
    """What follows from the boundaries: when it is due, what is to be told next, and whether it runs."""
    count = timer.count(book.timetable(timer.calendar))
    timer.due_at = count.due_at
    if timer.state == TimerState.BREACHED:
        timer.next_at = None
        return
    timer.state = TimerState.RUNNING if timer.is_counting else TimerState.PAUSED
    shares = [share for share in (*timer.warn_at, WHOLE) if share > timer.warned]
    timer.next_at = min(filter(None, map(count.reaches, shares)), default=None)


def _is_reached(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


def about(timer: Timer) -> dict[str, Any]:
    """What an event tells of a timer."""
    return {
        "ticket_id": timer.ticket_id,
        "target": timer.target,
        "due_at": timer.due_at.isoformat(timespec="seconds") if timer.due_at else "",
        "policy": timer.policy.key if timer.policy else "",
    }
