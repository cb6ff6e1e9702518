"""What a person's grants open: the ids that enter the scope of every list, read once for each request.

Who holds a grant is said with django-guardian's group permissions on queues, channels and categories. Those live in
higher apps, which register here how to read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, Literal

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import CharField, Model, QuerySet, Value

from apps.core.actor import Actor, ActorKind, person

if TYPE_CHECKING:
    from apps.accounts.models import User

GrantKind = Literal["queue", "channel", "category"]
# A queryset of ids (values_list of one column, not flat) by a user's id, which stands in it as a parameter.
GrantSource = Callable[[int], "QuerySet[Any, Any]"]

_sources: dict[GrantKind, GrantSource] = {}
_MEMO = "accounts.access"
_ANY_USER = -1
"""Stands for the user's id in the statement that is compiled once."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whom the actor works for and which ids are granted. `category_ids` is None where categories do not limit."""

    sees_all: bool
    is_outsourced: bool
    vendor_id: int | None
    queue_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]
    category_ids: tuple[int, ...] | None
    closed_days: int | None


_EVERYTHING = Access(
    sees_all=True,
    is_outsourced=False,
    vendor_id=None,
    queue_ids=(),
    channel_ids=(),
    category_ids=None,
    closed_days=None,
)
_NOTHING = Access(
    sees_all=False,
    is_outsourced=True,
    vendor_id=None,
    queue_ids=(),
    channel_ids=(),
    category_ids=(),
    closed_days=0,
)


def register_grants(kind: GrantKind, source: GrantSource) -> None:
    """Tells how to read which objects of a kind are granted to a user. Called from `ready()` of the owning app."""
    known = _sources.get(kind)
    if known is not None and known is not source:
        raise ImproperlyConfigured(f"Two sources of {kind} grants.")
    _sources[kind] = source


def group_grants(grant_model: type[Model], codename: str) -> GrantSource:
    """The usual source: a guardian group permission with a direct foreign key `content_object`."""

    def read(user_id: int) -> QuerySet[Any, Any]:
        return (
            grant_model._default_manager.filter(group__in=live_groups_of(user_id), permission__codename=codename)
            .order_by()
            .values_list("content_object_id")
        )

    return read


def live_groups_of(user_id: int) -> QuerySet[Any, Any]:
    """The ids of somebody's groups, without those of teams that were switched off."""
    memberships = apps.get_model("accounts", "User").groups.through._default_manager
    switched_off = apps.get_model("accounts", "Team")._default_manager.filter(is_active=False).values("group_id")
    return memberships.filter(user_id=user_id).exclude(group__in=switched_off).values("group_id")


def access_of(actor: Actor) -> Access:
    """The actor's access, remembered on the actor. One query for all kinds that come as querysets."""
    access: Access | None = actor.memo.get(_MEMO)
    if access is None:
        access = actor.memo[_MEMO] = _read_access(actor)
    return access


def actors_of(users: Iterable[User]) -> dict[int, Actor]:
    """Many people, by their ids, with their access read already.

    Grants are given to groups, so people of one role and company who are in the same groups have the same: it is read
    once for each such set of people.
    """
    actors = {user.pk: person(user) for user in users}
    groups: dict[int, set[int]] = defaultdict(set)
    memberships = apps.get_model("accounts", "User").groups.through._default_manager.filter(user__in=list(actors))
    for user_id, group_id in memberships.values_list("user_id", "group_id"):
        groups[user_id].add(group_id)
    alike: dict[Hashable, Access] = {}
    for pk, actor in actors.items():
        if (user := actor.user) is not None:
            key = (user.is_active, user.role_id, user.vendor_id, frozenset(groups[pk]))
            alike[key] = actor.memo[_MEMO] = alike.get(key) or _read_access(actor)
    return actors


def _read_access(actor: Actor) -> Access:
    if actor.kind is ActorKind.SYSTEM:
        return _EVERYTHING
    if actor.behind is not None:
        return reduce(_common, (access_of(one) for one in actor.eyes))
    user = actor.user
    if user is None or not user.is_active or (user.vendor is not None and not user.vendor.is_active):
        return _NOTHING
    granted = _granted_ids(user)
    return Access(
        sees_all="tickets.view_all" in actor.permissions and not user.is_outsourced,
        is_outsourced=user.is_outsourced,
        vendor_id=user.vendor_id,
        queue_ids=granted["queue"],
        channel_ids=granted["channel"],
        category_ids=_category_limit(user, granted["category"]),
        closed_days=user.vendor.closed_days if user.vendor else (0 if user.is_outsourced else None),
    )


def _common(one: Access, other: Access) -> Access:
    """What both open. Whom a ticket is assigned to is asked for each by itself (`through_all_eyes`)."""
    return Access(
        sees_all=one.sees_all and other.sees_all,
        is_outsourced=one.is_outsourced or other.is_outsourced,
        vendor_id=one.vendor_id or other.vendor_id,
        queue_ids=_in_both(None if one.sees_all else one.queue_ids, None if other.sees_all else other.queue_ids) or (),
        channel_ids=_in_both(_channel_limit(one), _channel_limit(other)) or (),
        category_ids=_in_both(one.category_ids, other.category_ids),
        closed_days=min((days for days in (one.closed_days, other.closed_days) if days is not None), default=None),
    )


def _channel_limit(access: Access) -> tuple[int, ...] | None:
    return access.channel_ids if access.is_outsourced else None


def _in_both(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """None does not limit."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(sorted({*one} & {*other}))


def _category_limit(user: User, granted: tuple[int, ...]) -> tuple[int, ...] | None:
    """Categories limit a vendor's people only, once one is granted or the vendor is marked as limited to them."""
    if not user.is_outsourced:
        return None
    if granted:
        return granted
    return () if user.vendor is not None and user.vendor.limits_categories else None


def _granted_ids(user: User) -> dict[GrantKind, tuple[int, ...]]:
    found: dict[GrantKind, set[int]] = {"queue": set(), "channel": set(), "category": set()}
    if _sources:
        sql, params = _statement(tuple(_sources.items()))
        with connection.cursor() as cursor:
            cursor.execute(sql, [user.pk if value == _ANY_USER else value for value in params])
            for granted_id, kind in cursor.fetchall():
                found[kind].add(granted_id)
    return {kind: tuple(sorted(ids)) for kind, ids in found.items()}


@cache
def _statement(sources: tuple[tuple[GrantKind, GrantSource], ...]) -> tuple[str, tuple[Any, ...]]:
    """All kinds in one statement. It is asked on every request and costs more to compile than to run."""
    first, *others = [
        source(_ANY_USER).annotate(grant_kind=Value(kind, output_field=CharField())) for kind, source in sources
    ]
    rows = first.union(*others, all=True) if others else first
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)
