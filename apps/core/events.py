"""Typed facts: written in the transaction that makes them true, numbered after commit, given to subscribers at least
once.

Order: ``publish`` runs under the ticket's row lock, so the facts of one ticket are numbered in the order in which
they happened.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, models, transaction

from apps.core import clock
from apps.core.actor import Actor
from apps.core.inserting import copy_rows, insert
from apps.core.models import Event, EventCounter, ParkedEvent, SubscriberPosition
from apps.core.wake import wake

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = structlog.get_logger(__name__)

NUMBER_BATCH = 2000
SUBSCRIBER_BATCH = 100
APART_BATCH = 5
APART_SECONDS = 0.25
"""So long a subscriber that goes ticket by ticket keeps the others waiting."""

MAX_ATTEMPTS = 6
BACK_OFF = (2, 10, 60, 300, 1800)
"""Seconds before the second, third … attempt of a failing handler."""


class EventBase:
    """Base of the frozen dataclasses that apps declare in their ``events.py``. Fields hold JSON's own types."""

    kind: ClassVar[str] = ""
    label: ClassVar[StrOrPromise] = ""
    """What happened, in words for people."""


E = TypeVar("E", bound=EventBase)
_types: dict[str, type[EventBase]] = {}


def event(kind: str, label: StrOrPromise = "") -> Callable[[type[E]], type[E]]:
    """Register a frozen dataclass under its stable name, ``ticket.assigned``."""

    def register(cls: type[E]) -> type[E]:
        if not hasattr(cls, "__dataclass_fields__"):
            raise ImproperlyConfigured(f"{cls.__name__} must be a dataclass: put @event above @dataclass(frozen=True).")
        known = _types.get(kind)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ImproperlyConfigured(f"Two events are named {kind!r}.")
        cls.kind, cls.label = kind, label
        _types[kind] = cls
        return cls

    return register


def event_types() -> Mapping[str, type[EventBase]]:
    return MappingProxyType(_types)


def event_label(kind: str) -> StrOrPromise:
    """For people. Rows of an app that is no longer installed are told by the name of their kind."""
    known = _types.get(kind)
    return known.label if known is not None and known.label else kind


def publish(
    event: EventBase,
    *,
    by: Actor,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    at: datetime | None = None,
) -> Event:
    """Write the fact in the caller's transaction, under the caller's row lock. ``at`` is for imports and seeds only.

    In a ``gathered`` block the row is written at the block's end.
    """
    _require_transaction()
    row = build_event(event, by=by, ticket_id=ticket_id, customer_id=customer_id, at=at)
    insert(row)
    wake("core.events")
    return row


def publish_many(events: Iterable[EventBase], *, by: Actor) -> None:
    """Like `publish`, for facts that become true together. Written now, in a ``gathered`` block too."""
    _require_transaction()
    copy_rows([build_event(event, by=by) for event in events])
    wake("core.events")


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "publish() belongs into the transaction that makes the event true."
        )


def build_event(
    event: EventBase,
    *,
    by: Actor,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    at: datetime | None = None,
) -> Event:
    """The unsaved row, for ``Event.objects.bulk_create``; ids default to the event's own fields of that name."""
    if type(event).kind not in _types:
        raise ImproperlyConfigured(f"{type(event).__name__} was never registered with @event.")
    return Event(
        created=at or clock.now(),
        kind=event.kind,
        ticket_id=getattr(event, "ticket_id", None) if ticket_id is None else ticket_id,
        customer_id=getattr(event, "customer_id", None) if customer_id is None else customer_id,
        actor_kind=by.kind.value,
        actor_user_id=by.user_id,
        actor_label=by.label,
        face=by.face.value,
        payload={field.name: getattr(event, field.name) for field in dataclasses.fields(event)},  # type: ignore[arg-type]
    )


def parse_event(row: Event) -> EventBase:
    """The typed fact of a row. Members that the class no longer has are left out; new ones need defaults."""
    cls = _types[row.kind]
    names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: value for name, value in row.payload.items() if name in names})


def last_position() -> int:
    return EventCounter.objects.filter(pk=1).values_list("last_position", flat=True).first() or 0


# The publisher


def number_events() -> int:
    """Give positions to committed rows, in the order in which they were written; one publisher at a time.

    A row whose transaction commits late is numbered late, above everything that readers have already seen.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('core.number_events'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """
            WITH due AS (
                SELECT id, created, row_number() OVER (ORDER BY ordinal) AS place
                  FROM (SELECT id, created, ordinal FROM core_event
                         WHERE position IS NULL ORDER BY ordinal LIMIT %s) AS next
            ), counter AS (
                INSERT INTO core_eventcounter (id, last_position) SELECT 1, count(*) FROM due HAVING count(*) > 0
                ON CONFLICT (id) DO UPDATE SET last_position = core_eventcounter.last_position + excluded.last_position
                RETURNING last_position
            )
            UPDATE core_event AS event
               SET position = (SELECT last_position FROM counter) - (SELECT count(*) FROM due) + due.place
              FROM due
             WHERE event.id = due.id AND event.created = due.created
            """,
            [NUMBER_BATCH],
        )
        return int(cursor.rowcount)


# Subscribers

Handler = Callable[[Event, Any], None]


@dataclass(frozen=True)
class Subscriber:
    name: str
    kinds: frozenset[str]
    handle: Handler
    from_start: bool
    locks_tickets: bool

    def wants(self) -> models.Q:
        return models.Q(kind__in=self.kinds)


_subscribers: dict[str, Subscriber] = {}


def subscriber(
    name: str,
    *,
    kinds: Collection[str | type[EventBase]],
    from_start: bool = True,
    locks_tickets: bool = False,
) -> Callable[[Handler], Handler]:
    """Register an idempotent handler ``(row, event)`` of the named kinds.

    It runs in a transaction together with the subscriber's progress. With ``from_start=False`` a subscriber that is
    new to an installation begins with what happens from now on. A handler that ``locks_tickets`` gets the events of one
    ticket in a transaction; else the locks of a whole batch would add up, keep everybody else from those tickets, and
    two such subscribers would wait for each other.
    """

    def register(handle: Handler) -> Handler:
        known = _subscribers.get(name)
        if known is not None and known.handle is not handle:
            raise ImproperlyConfigured(f"Two subscribers are named {name!r}.")
        names = frozenset(kind if isinstance(kind, str) else kind.kind for kind in kinds)
        _subscribers[name] = Subscriber(name, names, handle, from_start, locks_tickets)
        return handle

    return register


def all_subscribers() -> Mapping[str, Subscriber]:
    return MappingProxyType(_subscribers)


def run_subscribers(*names: str) -> int:
    """Give numbered events to the subscribers that no other worker is serving; returns how many were handled or set
    aside.
    """
    # Screens first: they wait for a person, and are told in a moment.
    wanted = sorted((_subscribers[name] for name in names or _subscribers), key=lambda entry: entry.locks_tickets)
    busy = _with_work(wanted)
    return sum(_serve(subscriber) for subscriber in wanted if subscriber.name in busy)


def _with_work(wanted: list[Subscriber]) -> set[str]:
    """Those that are behind, new, or have a retry due; asked for all at once, so that looking costs little."""
    end = last_position()
    positions = dict(SubscriberPosition.objects.values_list("name", "position"))
    due = ParkedEvent.objects.filter(state=ParkedEvent.State.RETRYING, next_attempt__lte=clock.now())
    retries = set(due.values_list("subscriber", flat=True).distinct())
    return {entry.name for entry in wanted if positions.get(entry.name, -1) < end or entry.name in retries}


def _serve(subscriber: Subscriber) -> int:
    _ensure_position(subscriber)
    until = time.monotonic() + APART_SECONDS
    done = taken = _take_some(subscriber)
    while subscriber.locks_tickets and taken and time.monotonic() < until:
        taken = _take_some(subscriber)
        done += taken
    return done


def _take_some(subscriber: Subscriber) -> int:
    """What one transaction takes: retries that are due and a batch, or one of the two and of one ticket."""
    with transaction.atomic():
        progress = (
            SubscriberPosition.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=subscriber.name)
            .first()
        )
        if progress is None:
            return 0
        done = _retry_due(subscriber)
        if done and subscriber.locks_tickets:
            return done
        return done + _take_new(subscriber, progress)


def _ensure_position(subscriber: Subscriber) -> None:
    if not SubscriberPosition.objects.filter(pk=subscriber.name).exists():
        start = 0 if subscriber.from_start else last_position()
        SubscriberPosition.objects.bulk_create(
            [SubscriberPosition(name=subscriber.name, position=start)], ignore_conflicts=True
        )


def _take_new(subscriber: Subscriber, progress: SubscriberPosition) -> int:
    end = last_position()
    if end <= progress.position:
        return 0
    limit = APART_BATCH if subscriber.locks_tickets else SUBSCRIBER_BATCH
    found = list(
        Event.objects.filter(position__gt=progress.position, position__lte=end, kind__in=subscriber.kinds).order_by(
            "position"
        )[:limit]
    )
    rows = _of_one_ticket(found) if subscriber.locks_tickets else found
    held = _held_keys(subscriber, rows)
    for row in rows:
        if row.ticket_id is not None and row.ticket_id in held:
            _set_aside(subscriber, row, state=ParkedEvent.State.WAITING)
        elif error := _handle(subscriber, row):
            _set_aside(subscriber, row, state=ParkedEvent.State.RETRYING, error=error)
            if row.ticket_id is not None:
                held.add(row.ticket_id)
    is_all = len(rows) == len(found) < limit
    progress.position = end if is_all else rows[-1].position or end
    progress.save(update_fields=["position", "updated"])
    return len(rows)


def _of_one_ticket(rows: list[Event]) -> list[Event]:
    """Those at the beginning that belong together."""
    return list(takewhile(lambda row: row.ticket_id == rows[0].ticket_id, rows))


def _held_keys(subscriber: Subscriber, rows: list[Event]) -> set[int]:
    """Tickets whose later events must wait, because an earlier one is still being tried."""
    keys = {row.ticket_id for row in rows if row.ticket_id is not None}
    if not keys:
        return set()
    pending = ParkedEvent.objects.filter(subscriber=subscriber.name, order_key__in=keys)
    return {
        key
        for key in pending.exclude(state=ParkedEvent.State.PARKED).values_list("order_key", flat=True)
        if key is not None
    }


def _handle(subscriber: Subscriber, row: Event) -> str:
    """Run the handler in a savepoint; returns the error's name and place, or nothing. Never its text, which may quote
    a customer.
    """
    try:
        with transaction.atomic():
            subscriber.handle(row, parse_event(row))
    except OperationalError:
        if not connection.is_usable():
            raise
        logger.exception("subscriber.failed", subscriber=subscriber.name, event_id=row.pk, kind=row.kind)
        return "OperationalError"
    except Exception as error:
        # Any failure of any handler must be kept with its event, and must not stop the others.
        logger.exception("subscriber.failed", subscriber=subscriber.name, event_id=row.pk, kind=row.kind)
        return f"{type(error).__module__}.{type(error).__qualname__}"[:300]
    return ""


def _set_aside(subscriber: Subscriber, row: Event, *, state: ParkedEvent.State, error: str = "") -> None:
    retrying = state == ParkedEvent.State.RETRYING
    ParkedEvent.objects.bulk_create(
        [
            ParkedEvent(
                subscriber=subscriber.name,
                event_id=row.pk,
                event_created=row.created,
                position=row.position or 0,
                order_key=row.ticket_id,
                kind=row.kind,
                state=state,
                attempts=1 if retrying else 0,
                next_attempt=clock.now() + timedelta(seconds=BACK_OFF[0]) if retrying else None,
                error=error,
            )
        ],
        ignore_conflicts=True,
    )


def _retry_due(subscriber: Subscriber) -> int:
    due = ParkedEvent.objects.filter(
        subscriber=subscriber.name, state=ParkedEvent.State.RETRYING, next_attempt__lte=clock.now()
    ).order_by("position")[: 1 if subscriber.locks_tickets else SUBSCRIBER_BATCH]
    done = 0
    for parked in due:
        done += 1
        if _try_again(subscriber, parked) and parked.order_key is not None:
            done += _release_waiting(subscriber, parked.order_key)
    return done


def _try_again(subscriber: Subscriber, parked: ParkedEvent) -> bool:
    """True when the event no longer holds up its ticket: handled, gone, or given up."""
    row = Event.objects.filter(pk=parked.event_id, created=parked.event_created).first()
    error = _handle(subscriber, row) if row is not None else ""
    if not error:
        parked.delete()
        return True
    parked.attempts += 1
    parked.error = error
    parked.state = ParkedEvent.State.PARKED if parked.attempts >= MAX_ATTEMPTS else ParkedEvent.State.RETRYING
    wait = BACK_OFF[min(parked.attempts, len(BACK_OFF)) - 1]
    given_up = parked.state == ParkedEvent.State.PARKED
    parked.next_attempt = None if given_up else clock.now() + timedelta(seconds=wait)
    parked.save(update_fields=["attempts", "error", "state", "next_attempt"])
    if given_up:
        logger.error("subscriber.parked", subscriber=subscriber.name, event_id=parked.event_id, kind=parked.kind)
        return True
    return False


def _release_waiting(subscriber: Subscriber, order_key: int) -> int:
    """Handle what waited behind an event, in order, up to the next one that fails."""
    done = 0
    waiting = ParkedEvent.objects.filter(
        subscriber=subscriber.name, order_key=order_key, state=ParkedEvent.State.WAITING
    ).order_by("position")
    for parked in waiting:
        done += 1
        if not _try_again(subscriber, parked):
            break
    return done


def retry_parked(parked: ParkedEvent) -> bool:
    """By hand, after the cause was mended: True when the handler took the event this time."""
    with transaction.atomic():
        locked = ParkedEvent.objects.select_for_update().filter(pk=parked.pk).first()
        if locked is None:
            return True
        return (
            _try_again(_subscribers[locked.subscriber], locked)
            and not ParkedEvent.objects.filter(pk=parked.pk).exists()
        )
