"""What happened since the floor was read, as far as it concerns the floor. The numbered events tell it, and miss nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from apps.accounts.events import UserDeactivated
from apps.core.events import parse_event
from apps.core.models import Event
from apps.core.models.expressions import any_of
from apps.routing.events import AgentStateChanged
from apps.tickets.enums import Status
from apps.tickets.models import Assignment, Ticket

MOST: Final = 5_000
"""After more events than these the floor is read whole, which costs less."""
OF_PEOPLE: Final = (AgentStateChanged.kind, UserDeactivated.kind)


class Place(NamedTuple):
    """The last event that was read. In a database that was put back, its number belongs to another one."""

    position: int
    event_id: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be read again, and up to where that goes."""

    place: Place
    tickets: frozenset[int] = frozenset()
    agents: frozenset[int] = frozenset()


def newest_place() -> Place | None:
    """None where nothing ever happened."""
    numbered = Event.objects.filter(position__isnull=False).order_by("-position")
    last = numbered.values_list("position", "pk").first()
    return None if last is None else Place(last[0] or 0, last[1])


def changes_since(place: Place) -> Changes | None:
    """None when the place is lost: too much happened since, or its event is not there any more."""
    rows = Event.objects.filter(position__gte=place.position).order_by("position")
    found = list(rows.values_list("position", "pk", "kind", "ticket_id", "customer_id")[: MOST + 2])
    if not found or (found[0][0], found[0][1]) != place or len(found) > MOST + 1:
        return None
    if len(found) == 1:
        return Changes(place)
    last = Place(found[-1][0] or 0, found[-1][1])
    tickets = {ticket_id for *_event, ticket_id, _customer in found[1:] if ticket_id is not None}
    customers = {customer for *_event, ticket_id, customer in found[1:] if ticket_id is None and customer is not None}
    tickets |= _waiting_of(customers)
    agents = _agents_told(place, last) if any(kind in OF_PEOPLE for _at, _pk, kind, *_whose in found[1:]) else set()
    return Changes(last, frozenset(tickets), frozenset(agents | _holders_of(tickets)))


def _agents_told(place: Place, last: Place) -> set[int]:
    rows = Event.objects.filter(position__gt=place.position, position__lte=last.position, kind__in=OF_PEOPLE)
    said = [parse_event(row) for row in rows]
    return {event.user_id for event in said if isinstance(event, AgentStateChanged | UserDeactivated)}


def _waiting_of(customers: Collection[int]) -> set[int]:
    """How dear the customer is counts."""
    if not customers:
        return set()
    rows = Ticket.objects.filter(any_of("customer_id", customers), assignee=None, status__in=(Status.NEW, Status.OPEN))
    return set(rows.values_list("pk", flat=True))


def _holders_of(tickets: Collection[int]) -> set[int]:
    """Who holds or held one of them, and so may have become freer or fuller."""
    held = Assignment.objects.filter(any_of("ticket_id", tickets))
    return set(held.order_by().values_list("user_id", flat=True).distinct())
