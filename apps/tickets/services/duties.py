"""What whoever serves a ticket owes to somebody else than its customer: the terms of a vendor's contract, say.

Higher apps know the duties. They register here what to ask when a ticket is resolved, and when an answer goes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from apps.core.actor import Actor
from apps.tickets.errors import DutyLeft
from apps.tickets.models import Ticket


class Moment(StrEnum):
    RESOLVING = "resolving"
    REPLYING = "replying"


@dataclass(frozen=True, slots=True)
class Left:
    """A duty that is not done: at which field of a form it is told, and what is to be done, in words."""

    duty: str
    field: str
    words: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Duties:
    """`left` reads; `note` writes down in the caller's transaction what was let pass, of the duties that only remind."""

    left: Callable[[Moment, Ticket, Actor, str], list[Left]]
    note: Callable[[Ticket, Actor, list[Left]], None]


_duties: list[Duties] = []


def register_duties(duties: Duties) -> None:
    if duties not in _duties:
        _duties.append(duties)


def duties_left(moment: Moment, ticket: Ticket, by: Actor, text: str = "") -> list[Left]:
    """`text` is what is about to be answered."""
    return [left for duties in _duties for left in duties.left(moment, ticket, by, text)]


def fulfil_duties(moment: Moment, ticket: Ticket, by: Actor, text: str = "") -> None:
    """Refuses with DutyLeft, or writes down what was let pass."""
    for duties in _duties:
        left = duties.left(moment, ticket, by, text)
        if required := [one for one in left if one.is_required]:
            raise DutyLeft(fields={one.field: [one.words] for one in required})
        if left:
            duties.note(ticket, by, left)
