"""Which side answered for a ticket, from when to when: the house, or one vendor.

A side answers from when one of its people holds the ticket until somebody of another side does, or it is given to the
house, sent to another queue, or no longer covered by the contract: who lets go of it has not got rid of it. What nobody ever
held is the house's, who hands it out. Nobody answers while a ticket is resolved, closed, merged away or spam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.core.events import EventBase
from apps.metrics.enums import SideChange
from apps.metrics.folding.history import Step
from apps.routing.events import TicketCameInHouse
from apps.tickets import events
from apps.tickets.enums import DONE, Status

NO_MORE_COVERED: Final = frozenset({"contract", "vendor_closed"})
"""Reasons for which work is freed that end the vendor's part."""


@dataclass(slots=True)
class Span:
    """`vendor_id` is None for the house; `paused` is what the customer took of it."""

    vendor_id: int | None
    queue_id: int
    started_at: datetime
    why: str
    edit: int
    """The version of the ticket that began it: what the same edit says afterwards tells more."""
    ended_at: datetime | None = None
    paused: timedelta = timedelta()
    paused_since: datetime | None = None
    was_held: bool = False
    is_handed_over: bool = False
    """Ended by going over to another side, after somebody had held it here."""


def read_sides(
    steps: Iterable[Step],
    *,
    opened_at: datetime,
    people: Mapping[int, int | None],
    teams: Mapping[int, int],
    queue_id: int | None = None,
    is_spam: bool = False,
) -> list[Span]:
    """`people` and `teams` tell whose vendors they are of; `is_spam` as in `read_history`. `queue_id` is where the ticket
    lies now, for one of which no event says where it was opened.
    """
    ordered = [step for _ordinal, step in sorted({step.ordinal: step for step in steps}.items())]
    reader = _Reader(opened_at, people, teams, is_spam=is_spam and not _says_spam(ordered))
    if queue_id is not None and not any(isinstance(step.event, events.TicketOpened) for step in ordered):
        opening = events.TicketOpened(ticket_id=0, queue_id=_first_queue(ordered) or queue_id)
        reader.take(Step(-1, opened_at, opening))
    for step in ordered:
        reader.take(step)
    return reader.spans


def _first_queue(steps: Iterable[Step]) -> int | None:
    changes = (step.event for step in steps if isinstance(step.event, events.TicketFieldChanged))
    return next((int(event.old) for event in changes if event.field == "queue" and event.old), None)


def _says_spam(steps: Iterable[Step]) -> bool:
    return any(isinstance(step.event, events.TicketFieldChanged) and step.event.field == "spam" for step in steps)


class _Reader:
    def __init__(
        self, opened_at: datetime, people: Mapping[int, int | None], teams: Mapping[int, int], *, is_spam: bool
    ) -> None:
        self.spans: list[Span] = []
        self._opened_at, self._people, self._teams = opened_at, people, teams
        self._queue_id: int | None = None
        self._holder: int | None = None
        self._vendor_id: int | None = None
        self._status = Status.NEW.value
        self._is_spam, self._is_merged = is_spam, False

    def take(self, step: Step) -> None:
        takes = _TAKES.get(type(step.event))
        if takes is not None:
            self._settle(step, takes(self, step.event))

    @property
    def _running(self) -> Span | None:
        return self.spans[-1] if self.spans and self.spans[-1].ended_at is None else None

    @property
    def _is_open(self) -> bool:
        return self._queue_id is not None and self._status not in DONE and not (self._is_spam or self._is_merged)

    def _settle(self, step: Step, why: SideChange) -> None:
        """Ends the span that cannot go on after this step, and begins the one that does."""
        running, edit = self._running, getattr(step.event, "version", 0)
        if running is not None and not self._goes_on(running):
            self._end(running, step.at)
        elif running is not None and why in TELLING and running.edit == edit:
            running.why = why.value
        if self._is_open and self._running is None and self._queue_id is not None:
            start = step.at if self.spans else min(self._opened_at, step.at)
            self.spans.append(Span(self._vendor_id, self._queue_id, start, why.value, edit))
        if (running := self._running) is not None:
            running.was_held |= self._holder is not None
            self._pause(running, step.at)

    def _goes_on(self, span: Span) -> bool:
        return self._is_open and (span.vendor_id, span.queue_id) == (self._vendor_id, self._queue_id)

    def _end(self, span: Span, moment: datetime) -> None:
        if span.paused_since is not None:
            span.paused += max(timedelta(), moment - span.paused_since)
            span.paused_since = None
        span.ended_at = max(moment, span.started_at)
        span.is_handed_over = self._is_open and span.was_held and span.vendor_id != self._vendor_id

    def _pause(self, span: Span, moment: datetime) -> None:
        if self._status == Status.PENDING:
            span.paused_since = span.paused_since or moment
        elif span.paused_since is not None:
            span.paused += max(timedelta(), moment - span.paused_since)
            span.paused_since = None

    # Each changes what is known of the ticket, and says why a span begins by it.

    def opened(self, event: Any) -> SideChange:
        self._queue_id = event.queue_id
        return SideChange.OPENED

    def assigned(self, event: Any) -> SideChange:
        self._holder = event.new_user_id
        if self._holder is not None:
            self._vendor_id = self._people.get(self._holder)
            return SideChange.TAKEN if event.old_user_id is None else SideChange.HANDED_ON
        self._vendor_id = self._teams.get(event.new_team_id or 0, self._vendor_id)
        return SideChange.LET_GO

    def transferred(self, event: Any) -> SideChange:
        if event.new_user_id is None and event.is_kept_in_house:
            self._vendor_id = None
        return TRANSFERS.get(event.reason, SideChange.HANDED_ON)

    def came_in_house(self, event: Any) -> SideChange:
        if self._holder is None:
            self._vendor_id = None
        return SideChange.CAME_IN_HOUSE

    def freed(self, event: Any) -> SideChange:
        if event.reason in NO_MORE_COVERED and self._holder is None:
            self._vendor_id = None
            return SideChange.CONTRACT
        return SideChange.LET_GO

    def status_changed(self, event: Any) -> SideChange:
        self._status = event.new
        return SideChange.REOPENED

    def field_changed(self, event: Any) -> SideChange:
        if event.field == "spam":
            self._is_spam = bool(event.new)
        if event.field == "queue":
            self._queue_id = int(event.new)
            if self._holder is None:
                self._vendor_id = None
            return SideChange.QUEUE
        return SideChange.REOPENED

    def merged(self, event: Any) -> SideChange:
        self._is_merged = True
        return SideChange.REOPENED

    def unmerged(self, event: Any) -> SideChange:
        self._is_merged = False
        return SideChange.REOPENED


TELLING: Final = frozenset({SideChange.HANDED_ON, SideChange.TO_HOUSE, SideChange.HANDED_BACK, SideChange.TAKEN_OVER})
"""What is told once all that changed with it has been."""
TRANSFERS: Final = {
    "handed_to_house": SideChange.TO_HOUSE,
    "handed_back": SideChange.HANDED_BACK,
    "taken_over": SideChange.TAKEN_OVER,
}
_TAKES: Final[Mapping[type[EventBase], Callable[[_Reader, Any], SideChange]]] = {
    events.TicketOpened: _Reader.opened,
    events.TicketAssigned: _Reader.assigned,
    events.TicketTransferred: _Reader.transferred,
    events.WorkFreed: _Reader.freed,
    TicketCameInHouse: _Reader.came_in_house,
    events.TicketStatusChanged: _Reader.status_changed,
    events.TicketFieldChanged: _Reader.field_changed,
    events.TicketMergedInto: _Reader.merged,
    events.TicketUnmerged: _Reader.unmerged,
}
READ: Final = frozenset(kind.kind for kind in _TAKES)
