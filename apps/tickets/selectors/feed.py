"""The stream of events for other systems: in the order in which facts became known, within the actor's scope.

Row ids in a payload are told as numbers, keys, user names and public ids; what is not listed here does not leave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.access import access_of
from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.core.events import last_position
from apps.core.ids import public_id_for
from apps.core.models import Event
from apps.customers.models import Customer, Identity
from apps.tickets.enums import Priority
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.selectors.rendering import View, view_of
from apps.tickets.selectors.vocabulary import Vocabulary, vocabulary

# Members of payloads by what they hold; a test compares them with the declared events. The name outside is the one here without `_id`.
TICKETS = frozenset({"ticket_id", "other_id", "into_id", "from_id", "follows_id", "parent_id"})
USERS = frozenset({"user_id", "old_user_id", "new_user_id"})
TEAMS = frozenset({"team_id", "old_team_id", "new_team_id"})
PUBLIC = {
    "customer_id": Customer,
    "merged_id": Customer,
    "message_id": Message,
    "interaction_id": Interaction,
    "identity_id": Identity,
}
PLAIN = frozenset(
    {"reason", "sequence", "version", "state", "failure", "notice", "link", "field", "fields", "columns"}
    | {"identity_kind", "is_automatic", "is_third_person", "is_forward", "is_removed", "is_watching", "is_lifted"}
    | {"is_solved"}
)
VALUES = frozenset({"old", "new"})
UNTOLD = frozenset({"delivery_id"})
"""Known, and nobody's business outside."""
LISTS = frozenset({"mentioned", "added", "removed"})
VOCABULARY = frozenset({"queue_id", "channel_id", "category_id"})
KNOWN = TICKETS | USERS | TEAMS | frozenset(PUBLIC) | PLAIN | VALUES | LISTS | VOCABULARY


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


def event_feed(
    actor: Actor, *, after: int = 0, kinds: Collection[str] = (), ticket: Ticket | None = None, limit: int = 100
) -> FeedPage:
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
    return FeedPage(rows=_told(actor, found), next_after=next_after or 0, has_more=has_more)


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
    return rows.filter(scope)


@dataclass(frozen=True, slots=True)
class _Names:
    numbers: Mapping[int, int]
    users: Mapping[int, str]
    teams: Mapping[int, str]
    tickets: Mapping[int, Ticket]
    view: View
    words: Vocabulary


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
    """Everything that the rows name, in one query for each kind of thing."""
    wanted: dict[str, set[int]] = {"tickets": set(), "users": set(), "teams": set(), "subjects": set()}
    for row in rows:
        wanted["tickets"].add(row.ticket_id or 0)
        wanted["users"].add(row.actor_user_id or 0)
        for name, value in row.payload.items():
            group = "tickets" if name in TICKETS else "users" if name in USERS else "teams" if name in TEAMS else ""
            if group and isinstance(value, int):
                wanted[group].add(value)
        wanted["users"].update(row.payload.get("mentioned", ()))
        if row.payload.get("field") == "subject":
            wanted["subjects"].add(row.ticket_id or 0)
    tickets = Ticket.objects.filter(pk__in=wanted["subjects"]).select_related("customer") if wanted["subjects"] else ()
    by_id = {ticket.pk: ticket for ticket in tickets}
    return _Names(
        numbers=dict(Ticket.objects.filter(pk__in=wanted["tickets"] - {0}).values_list("pk", "number")),
        users=dict(User.objects.filter(pk__in=wanted["users"] - {0}).values_list("pk", "username")),
        teams=dict(Team.objects.filter(pk__in=wanted["teams"]).values_list("pk", "key")) if wanted["teams"] else {},
        tickets=by_id,
        view=view_of(actor, list(by_id.values())),
        words=vocabulary(),
    )


def _data(row: Event, names: _Names) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.payload.items():
        if name in ("ticket_id", "customer_id") or name not in KNOWN:
            continue
        told[name.removesuffix("_id")] = _value(row, name, value, names)
    return told


def _value(row: Event, name: str, value: Any, names: _Names) -> Any:
    if value is None or name in PLAIN:
        return value
    if name in VALUES:
        return _field_value(row, value, names)
    if name in PUBLIC:
        return public_id_for(PUBLIC[name], value)
    if name == "mentioned":
        return [names.users[pk] for pk in value if pk in names.users]
    if name in LISTS:
        return [names.words.tags[pk].key for pk in value if pk in names.words.tags]
    lookup: Mapping[str, Mapping[int, Any]] = {
        **dict.fromkeys(TICKETS, names.numbers),
        **dict.fromkeys(USERS, names.users),
        **dict.fromkeys(TEAMS, names.teams),
        **_keys(names.words),
    }
    return lookup[name].get(value)


def _keys(words: Vocabulary) -> dict[str, Mapping[int, Any]]:
    return {
        "queue_id": {pk: queue.key for pk, queue in words.queues.items()},
        "channel_id": {pk: channel.key for pk, channel in words.channels.items()},
        "category_id": {pk: category.key for pk, category in words.categories.items()},
    }


def _field_value(row: Event, value: Any, names: _Names) -> Any:
    """Old or new value of a changed field; what a field of that name holds decides how it may be told."""
    match row.payload.get("field"):
        case "priority":
            return Priority(value).name.lower()
        case "queue" | "category" as field:
            return _keys(names.words)[f"{field}_id"].get(value)
        case "customer":
            return public_id_for(Customer, value)
        case "team":
            return names.teams.get(value)
        case "subject":
            ticket = names.tickets.get(row.ticket_id or 0)
            return names.view.line(str(value), ticket) if ticket is not None else None
        case "type" | "spam" | None:
            return value
        case _:
            return value if isinstance(value, bool) else None
