"""The stream of events for other systems: in the order in which facts became known, within the actor's scope.

Row ids in a payload are told as numbers, keys, user names and public ids; what is not listed here does not leave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from apps.accounts.access import access_of
from apps.accounts.models import Team, User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.events import last_position
from apps.core.ids import public_id_for
from apps.core.models import Event
from apps.customers.models import Customer, Identity, MergeSuggestion, Tag
from apps.privacy.lens import lens_for
from apps.tickets.enums import Priority
from apps.tickets.events import TicketLinked
from apps.tickets.models import Category, Interaction, Message, Queue, Ticket
from apps.tickets.selectors.rendering import View, view_of

# Members of payloads by what they hold; a test compares them with the declared events. Outside they are called without `_id`.
TICKETS = frozenset({"ticket_id", "other_id", "into_id", "from_id", "follows_id", "parent_id"})
USERS = frozenset({"user_id", "old_user_id", "new_user_id"})
TEAMS = frozenset({"team_id", "old_team_id", "new_team_id"})
QUEUES = frozenset({"old_queue_id", "new_queue_id"})
PUBLIC = {
    "customer_id": Customer,
    "merged_id": Customer,
    "message_id": Message,
    "interaction_id": Interaction,
    "identity_id": Identity,
    "suggestion_id": MergeSuggestion,
}
PLAIN = frozenset(
    {"reason", "sequence", "version", "state", "failure", "notice", "link", "field", "fields", "columns", "attempts"}
    | {
        "identity_kind",
        "request_kind",
        "purpose",
        "is_allowed",
        "is_automatic",
        "is_third_person",
        "is_forward",
        "is_removed",
        "is_watching",
        "is_lifted",
    }
    | {"decision"}
    | {"conversation", "is_solved", "is_public", "method", "work_kind", "previous", "cause"}
    | {"is_helper", "is_transfer", "is_kept_in_house", "is_restricted"}
    # Of a number at the counter; branch and service are said by their keys.
    | {"number", "branch", "service", "from_service", "window", "calls", "is_priority", "proof", "satisfaction"}
    # Of a promise: what was promised, by which policy, when it was due, how much of the time has passed.
    | {"target", "policy", "due_at", "share"}
    # Of a figure of the floor: which rule watches it, on whose floor, and what it was.
    | {"alert", "rule", "measure", "comparison", "limit", "figure", "vendor"}
    # Of what a customer said of a conversation: by which survey, as a key; what they wrote stays in the answer itself.
    | {"survey", "score", "wants_callback", "is_changed"}
)
VALUES = frozenset({"old", "new"})
UNTOLD = frozenset({"delivery_id", "other_customer_id"})
"""Known, and nobody's business outside."""
LISTS = frozenset({"mentioned", "added", "removed"})
VOCABULARY = frozenset({"queue_id", "channel_id", "category_id"})
HANDLES = frozenset({"app_user"})
"""What the company calls somebody: told as the reader may see it."""

KNOWN = TICKETS | USERS | TEAMS | QUEUES | frozenset(PUBLIC) | PLAIN | VALUES | LISTS | VOCABULARY | HANDLES


@dataclass(frozen=True, slots=True)
class FeedEvent:
    position: int
    id: str
    kind: str
    created: datetime
    ticket: int | None
    customer: str | None
    actor_kind: str
    actor: str | None
    face: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FeedPage:
    rows: list[FeedEvent]
    next_after: int
    """Ask on from here: nothing before it is missing, and nothing will come before it any more."""
    has_more: bool


@dataclass(frozen=True, slots=True)
class FeedRows:
    """A page of facts as they are stored: for readers who tell them one by one later."""

    rows: list[Event]
    next_after: int
    has_more: bool


def event_feed(
    actor: Actor, *, after: int = 0, kinds: Collection[str] = (), ticket: Ticket | None = None, limit: int = 100
) -> FeedPage:
    page = feed_rows(actor, after=after, kinds=kinds, ticket=ticket, limit=limit)
    return FeedPage(rows=_told(actor, page.rows), next_after=page.next_after, has_more=page.has_more)


def feed_rows(
    actor: Actor, *, after: int = 0, kinds: Collection[str] = (), ticket: Ticket | None = None, limit: int = 100
) -> FeedRows:
    known = last_position()
    rows = visible_events(actor).filter(position__gt=after, position__lte=known)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if ticket is not None:
        rows = rows.filter(ticket_id=ticket.pk)
    found = list(rows.order_by("position")[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    next_after = found[-1].position if has_more else max(known, after)
    return FeedRows(rows=_without_hidden_links(actor, found), next_after=next_after or 0, has_more=has_more)


def told_event(actor: Actor, *, event_id: int, created: datetime) -> FeedEvent | None:
    """One event as the stream tells it now; None where the actor does not see it, or not any more."""
    rows = visible_events(actor).filter(pk=event_id, created=created)
    return next(iter(_told(actor, _without_hidden_links(actor, list(rows)))), None)


_of_the_house: dict[str, str] = {}


def register_house_events(prefix: str, permission: str) -> None:
    """Kinds of events that may be of neither a ticket nor a customer. Who sees everything and holds the permission
    is told them.
    """
    _of_the_house[prefix] = permission


def visible_events(actor: Actor) -> QuerySet[Event]:
    """What happened to tickets that the actor sees now, and to customers by themselves that the actor sees."""
    rows = Event.objects.all()
    sees_all = access_of(actor).sees_all
    of_customer = Q(ticket_id__isnull=True, customer_id__isnull=False)
    scope = Q(pk__in=())
    if "tickets.view" in actor.permissions:
        visible = Ticket.objects.visible_to(actor).filter(pk=OuterRef("ticket_id"))
        scope |= Q(ticket_id__isnull=False) if sees_all else Q(Exists(visible))
    if "customers.view" in actor.permissions:
        customers = Customer.objects.visible_to(actor).filter(pk=OuterRef("customer_id"))
        scope |= of_customer if sees_all else of_customer & Q(Exists(customers))
    for prefix, permission in _of_the_house.items() if sees_all else ():
        if permission in actor.permissions:
            scope |= Q(ticket_id__isnull=True, customer_id__isnull=True, kind__startswith=prefix)
    return rows.filter(scope)


def _without_hidden_links(actor: Actor, rows: Collection[Event]) -> list[Event]:
    """Of a link to a ticket that the actor does not see nothing is told. The payload is encrypted: it is read here."""
    ends = {row.payload.get("other_id") for row in rows if row.kind == TicketLinked.kind}
    if not ends:
        return list(rows)
    seen = set(Ticket.objects.visible_to(actor).filter(pk__in=ends - {None}).values_list("pk", flat=True))
    return [row for row in rows if row.kind != TicketLinked.kind or row.payload.get("other_id") in seen]


@dataclass(frozen=True, slots=True)
class _Names:
    """What ids are called outside, by kind of thing and id."""

    numbers: Mapping[int, int]
    users: Mapping[int, str]
    keys: Mapping[str, Mapping[int, str]]
    """By `team`, `queue`, `channel`, `category`, `tag`."""
    tickets: Mapping[int, Ticket]
    view: View
    of_minors: frozenset[int]
    """Rows that tell a handle of a minor."""


KEYED: Mapping[str, type[Model]] = {
    "team": Team,
    "queue": Queue,
    "channel": Channel,
    "category": Category,
    "tag": Tag,
}


def _told(actor: Actor, rows: list[Event]) -> list[FeedEvent]:
    names = _names(actor, rows)
    return [
        FeedEvent(
            position=row.position or 0,
            id=row.public_id,
            kind=row.kind,
            created=row.created,
            ticket=names.numbers.get(row.ticket_id or 0),
            customer=public_id_for(Customer, row.customer_id) if row.customer_id else None,
            actor_kind=row.actor_kind,
            actor=names.users.get(row.actor_user_id or 0),
            face=row.face,
            data=_data(row, names),
        )
        for row in rows
    ]


def _names(actor: Actor, rows: Iterable[Event]) -> _Names:
    """Everything that the rows name, in one query for each kind of thing that occurs."""
    wanted: dict[str, set[int]] = {}
    rows = list(rows)
    for row in rows:
        for kind, value in _mentions(row):
            wanted.setdefault(kind, set()).add(value)
    found = Ticket.objects.filter(pk__in=wanted.get("subject", ())).select_related("customer")
    tickets = {ticket.pk: ticket for ticket in found} if "subject" in wanted else {}
    return _Names(
        numbers=_lookup(Ticket, "number", wanted.get("ticket")),
        users=_lookup(User, "username", wanted.get("user")),
        keys={kind: _lookup(model, "key", wanted.get(kind)) for kind, model in KEYED.items()},
        tickets=tickets,
        view=view_of(actor, list(tickets.values())),
        of_minors=_of_minors(actor, [row for row in rows if HANDLES & row.payload.keys()]),
    )


def _of_minors(actor: Actor, rows: Collection[Event]) -> frozenset[int]:
    """Not asked for who sees minors as others, nor where no row tells a handle."""
    if not rows or lens_for(actor).sees_minors:
        return frozenset()
    customers = Q(pk__in={row.customer_id for row in rows if row.customer_id})
    customers |= Q(tickets__in={row.ticket_id for row in rows if row.ticket_id})
    minors = Customer.objects.filter(customers, is_minor=True)
    ids = set(minors.values_list("pk", flat=True))
    tickets = set(Ticket.objects.filter(customer__in=ids).values_list("pk", flat=True)) if ids else set()
    return frozenset(row.pk for row in rows if row.customer_id in ids or row.ticket_id in tickets)


def _lookup(model: type[Model], column: str, ids: Collection[int] | None) -> dict[int, Any]:
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", column)) if ids else {}


def _mentions(row: Event) -> Iterator[tuple[str, int]]:
    if row.ticket_id:
        yield "ticket", row.ticket_id
    if row.actor_user_id:
        yield "user", row.actor_user_id
    for name, value in row.payload.items():
        kind = _kind_of(name, row.payload.get("field"))
        if kind == "subject" and row.ticket_id:
            yield kind, row.ticket_id
        elif kind:
            for pk in value if isinstance(value, list) else (value,):
                if isinstance(pk, int) and not isinstance(pk, bool):
                    yield kind, pk


def _kind_of(name: str, field: str | None) -> str:
    """What the ids in a member of a payload are ids of; empty for what holds none."""
    if name in VALUES:
        return field if field and (field in KEYED or field == "subject") else ""
    if name in TICKETS:
        return "ticket"
    if name in USERS or name == "mentioned":
        return "user"
    if name in TEAMS:
        return "team"
    if name in QUEUES:
        return "queue"
    if name in LISTS:
        return "tag"
    return name.removesuffix("_id") if name in VOCABULARY else ""


def _data(row: Event, names: _Names) -> dict[str, Any]:
    return {
        name.removesuffix("_id"): _value(row, name, value, names)
        for name, value in row.payload.items()
        if name in KNOWN and name not in ("ticket_id", "customer_id")
    }


def _value(row: Event, name: str, value: Any, names: _Names) -> Any:
    if value is None or name in PLAIN:
        return value
    if name in HANDLES:
        return names.view.own.of(row.pk in names.of_minors).handle(str(value))
    if name in PUBLIC:
        return public_id_for(PUBLIC[name], value)
    field = row.payload.get("field")
    kind = _kind_of(name, field)
    if not kind:
        return _field_value(field, value)
    if kind == "subject":
        ticket = names.tickets.get(row.ticket_id or 0)
        return None if ticket is None else names.view.past_subject(str(value), ticket)
    known: Mapping[int, Any] = {"ticket": names.numbers, "user": names.users, **names.keys}[kind]
    return [known[pk] for pk in value if pk in known] if isinstance(value, list) else known.get(value)


def _field_value(field: str | None, value: Any) -> Any:
    """Old or new value of a field that holds no id."""
    match field:
        case "priority":
            return Priority(value).name.lower()
        case "customer":
            return public_id_for(Customer, value)
        case "type" | "spam" | None:
            return value
        case _:
            return None
