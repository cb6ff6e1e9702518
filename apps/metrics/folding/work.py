"""Who held which conversation from when to when, and which waits were those of customers who were there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from apps.metrics.enums import WaitEnd
from apps.metrics.folding.history import History, Reply, Wait

WRAP_UP_AT_MOST: Final = timedelta(minutes=30)
"""Whoever writes the wrap-up later than this after the end was doing something else in between."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One interaction. `is_live`: the customer was there; a chat that began outside working hours is not."""

    id: int
    channel_id: int
    kind: str
    is_live: bool
    is_inbound: bool
    started_at: datetime
    ended_at: datetime | None = None
    was_ended_by_us: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """One assignment: offered, taken, let go of."""

    id: int
    user_id: int
    vendor_id: int | None
    state: str
    kind: str
    offered_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Handling:
    """One conversation in the hands of one person; who gets it back begins another."""

    hold: Hold
    contact: Contact
    started_at: datetime
    ended_at: datetime | None
    wrap_up: timedelta


# --- Waits ------------------------------------------------------------------------------------------------------------


def waits_by_presence(waits: Iterable[Wait], contacts: Iterable[Contact]) -> Iterator[tuple[Wait, Contact | None]]:
    """Cuts waits where customers came and went: each part with the live contact that waited, if one did.

    Who leaves a chat unanswered has abandoned it; the ticket that is left behind goes on waiting for somebody.
    """
    live = sorted((contact for contact in contacts if contact.is_live), key=lambda contact: contact.started_at)
    for wait in waits:
        yield from _parts(wait, live)


def _parts(wait: Wait, live: Sequence[Contact]) -> Iterator[tuple[Wait, Contact | None]]:
    since, left_at = wait.entered_at, wait.left_at
    for contact in live:
        if not _meets(contact, since, left_at):
            continue
        if contact.started_at > since:
            yield _part(wait, since, contact.started_at, WaitEnd.MOVED), None
            since = contact.started_at
        if contact.ended_at is None or (left_at is not None and left_at <= contact.ended_at):
            yield replace(wait, entered_at=since), contact
            return
        end = WaitEnd.DROPPED if contact.was_ended_by_us else WaitEnd.ABANDONED
        yield _part(wait, since, contact.ended_at, end), contact
        since = contact.ended_at
    yield replace(wait, entered_at=since), None


def _meets(contact: Contact, since: datetime, until: datetime | None) -> bool:
    is_over = contact.ended_at is not None and contact.ended_at <= since
    has_begun = contact.started_at <= since or until is None or contact.started_at < until
    return has_begun and not is_over


def _part(wait: Wait, since: datetime, until: datetime, end: WaitEnd) -> Wait:
    return replace(wait, entered_at=since, left_at=until, end=end.value, user_id=None)


# --- Conversations ----------------------------------------------------------------------------------------------------


def handlings(holds: Iterable[Hold], contacts: Sequence[Contact], history: History) -> list[Handling]:
    found = []
    for hold in holds:
        for contact in contacts:
            if hold.started_at is None:
                continue
            started_at = max(hold.started_at, contact.started_at)
            ended_at = _earlier(hold.ended_at, contact.ended_at)
            if ended_at is None or ended_at > started_at:
                found.append(Handling(hold, contact, started_at, ended_at, _wrap_up(hold, contact, history)))
    return found


def _wrap_up(hold: Hold, contact: Contact, history: History) -> timedelta:
    """From the end of a live conversation to its wrap-up, by whoever held it at the end."""
    ended_at = contact.ended_at
    if not contact.is_live or ended_at is None or (hold.ended_at is not None and hold.ended_at < ended_at):
        return timedelta()
    took = [at - ended_at for at, user_id in history.wrap_ups if user_id == hold.user_id and at >= ended_at]
    return took[0] if took and took[0] <= WRAP_UP_AT_MOST else timedelta()


def first_reply(contact: Contact, history: History) -> Reply | None:
    return next((reply for reply in history.replies if reply.interaction_id == contact.id), None)


def last_holder(contact: Contact, handled: Iterable[Handling]) -> Hold | None:
    own = [each for each in handled if each.contact.id == contact.id]
    return max(own, key=lambda each: (each.started_at, each.hold.id)).hold if own else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
