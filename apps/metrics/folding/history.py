"""What a ticket's events say of its way through the lines, and of who answered it when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.core.events import EventBase
from apps.metrics.enums import WaitEnd
from apps.tickets import events
from apps.tickets.enums import Status

OUR_TURN: Final = frozenset({Status.NEW.value, Status.OPEN.value})


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `ordinal` tells the order within a ticket; `user_id` is the person who acted, if one did."""

    ordinal: int
    at: datetime
    event: EventBase
    user_id: int | None = None


@dataclass(slots=True)
class Wait:
    queue_id: int
    entered_at: datetime
    left_at: datetime | None = None
    end: str = ""
    user_id: int | None = None
    """Who took it."""


@dataclass(frozen=True, slots=True)
class Reply:
    at: datetime
    message_id: int
    interaction_id: int | None
    user_id: int


@dataclass(slots=True)
class History:
    waits: list[Wait] = field(default_factory=list)
    queues: list[tuple[datetime, int]] = field(default_factory=list)
    """Since when it lay where."""
    replies: list[Reply] = field(default_factory=list)
    wrap_ups: list[tuple[datetime, int]] = field(default_factory=list)
    """When whom wrote one."""

    def queue_at(self, moment: datetime) -> int | None:
        lay = [queue_id for since, queue_id in self.queues if since <= moment]
        return lay[-1] if lay else (self.queues[0][1] if self.queues else None)


def read_history(steps: Iterable[Step], *, opened_at: datetime, is_spam: bool = False) -> History:
    """`is_spam` is what the ticket is now, for one that was spam from the beginning and of which no event says so."""
    ordered = [step for _ordinal, step in sorted({step.ordinal: step for step in steps}.items())]
    reader = _Reader(opened_at, _was_spam(ordered, is_spam))
    for step in ordered:
        reader.take(step)
    return reader.history


def _was_spam(steps: Iterable[Step], is_spam: bool) -> bool:
    changes = (step.event for step in steps if isinstance(step.event, events.TicketFieldChanged))
    return bool(next((event.old for event in changes if event.field == "spam"), is_spam))


class _Reader:
    """A ticket waits while it is our turn, nobody holds it, and it is neither spam nor merged into another."""

    def __init__(self, opened_at: datetime, is_spam: bool) -> None:
        self.history = History()
        self._opened_at = opened_at
        self._queue_id: int | None = None
        self._holder: int | None = None
        self._status = Status.NEW.value
        self._is_spam, self._is_merged = is_spam, False

    def take(self, step: Step) -> None:
        takes = _TAKES.get(type(step.event))
        if takes is not None:
            end, user_id = takes(self, step)
            self._settle(step, end, user_id)

    def _settle(self, step: Step, end: WaitEnd, user_id: int | None) -> None:
        """Ends the wait that cannot go on after this step, and begins the one that does."""
        waits, queue_id = self.history.waits, self._queue_id
        running = waits[-1] if waits and waits[-1].left_at is None else None
        goes_on = self._is_waiting and running is not None and running.queue_id == queue_id
        if running is not None and not goes_on:
            running.left_at, running.end, running.user_id = max(step.at, running.entered_at), end.value, user_id
        if self._is_waiting and not goes_on and queue_id is not None:
            is_first = isinstance(step.event, events.TicketOpened)
            waits.append(Wait(queue_id, min(self._opened_at, step.at) if is_first else step.at))

    @property
    def _is_waiting(self) -> bool:
        is_listed = not (self._is_spam or self._is_merged)
        return self._queue_id is not None and self._holder is None and self._status in OUR_TURN and is_listed

    # Each says how a wait that ends by it ended, and with whom.

    def opened(self, step: Step) -> tuple[WaitEnd, int | None]:
        event: Any = step.event
        self._queue_id = event.queue_id
        self.history.queues.append((min(self._opened_at, step.at), event.queue_id))
        return WaitEnd.DROPPED, None

    def assigned(self, step: Step) -> tuple[WaitEnd, int | None]:
        event: Any = step.event
        self._holder = event.new_user_id
        return WaitEnd.ANSWERED, event.new_user_id

    def status_changed(self, step: Step) -> tuple[WaitEnd, int | None]:
        """Who answers without being able to hold the ticket has answered it all the same."""
        event: Any = step.event
        self._status = event.new
        if event.reason == "reply" and step.user_id is not None:
            return WaitEnd.ANSWERED, step.user_id
        return WaitEnd.DROPPED, None

    def field_changed(self, step: Step) -> tuple[WaitEnd, int | None]:
        event: Any = step.event
        if event.field == "spam":
            self._is_spam = bool(event.new)
        if event.field != "queue":
            return WaitEnd.DROPPED, None
        self._queue_id = int(event.new)
        self.history.queues.append((step.at, self._queue_id))
        return WaitEnd.MOVED, None

    def merged(self, step: Step) -> tuple[WaitEnd, int | None]:
        self._is_merged = True
        return WaitEnd.DROPPED, None

    def unmerged(self, step: Step) -> tuple[WaitEnd, int | None]:
        self._is_merged = False
        return WaitEnd.DROPPED, None

    def sent(self, step: Step) -> tuple[WaitEnd, int | None]:
        """Neither bots nor automatic replies answer for people, and what is passed on answers nobody."""
        event: Any = step.event
        if step.user_id is not None and not event.is_automatic and not event.is_forward:
            self.history.replies.append(Reply(step.at, event.message_id, event.interaction_id, step.user_id))
        return WaitEnd.DROPPED, None

    def undone(self, step: Step) -> tuple[WaitEnd, int | None]:
        event: Any = step.event
        self.history.replies = [reply for reply in self.history.replies if reply.message_id != event.message_id]
        return WaitEnd.DROPPED, None

    def wrapped_up(self, step: Step) -> tuple[WaitEnd, int | None]:
        if step.user_id is not None:
            self.history.wrap_ups.append((step.at, step.user_id))
        return WaitEnd.DROPPED, None


_TAKES: Final[Mapping[type[EventBase], Callable[[_Reader, Step], tuple[WaitEnd, int | None]]]] = {
    events.TicketOpened: _Reader.opened,
    events.TicketAssigned: _Reader.assigned,
    events.TicketStatusChanged: _Reader.status_changed,
    events.TicketFieldChanged: _Reader.field_changed,
    events.TicketMergedInto: _Reader.merged,
    events.TicketUnmerged: _Reader.unmerged,
    events.MessageSent: _Reader.sent,
    events.MessageUndone: _Reader.undone,
    events.TicketWrappedUp: _Reader.wrapped_up,
}
READ: Final = frozenset(kind.kind for kind in _TAKES)
