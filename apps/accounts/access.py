"""What a person's grants open: the ids that enter the scope of every list, read once for each request.

Who holds a grant is said with django-guardian's group permissions on queues, channels and categories. Those live in
higher apps, which register here how to read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import ImproperlyConfigured
from django.db.models import CharField, Model, Q, QuerySet, Value

from apps.core.actor import Actor, ActorKind

if TYPE_CHECKING:
    from apps.accounts.models import User

GrantKind = Literal["queue", "channel", "category"]
# Ids, or a queryset of ids (values_list of one column, not flat) to be read with the other kinds; None: no limit.
GrantSource = Callable[["User"], "Iterable[int] | QuerySet[Any, Any] | None"]

_sources: dict[GrantKind, GrantSource] = {}
_MEMO = "accounts.access"


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

    def read(user: User) -> QuerySet[Any, Any]:
        of_live_groups = Q(group__team__isnull=True) | Q(group__team__is_active=True)
        return (
            grant_model._default_manager.filter(of_live_groups, group__user=user, permission__codename=codename)
            .order_by()
            .values_list("content_object_id")
        )

    return read


def access_of(actor: Actor) -> Access:
    """The actor's access, remembered on the actor. One query for all kinds that come as querysets."""
    access: Access | None = actor.memo.get(_MEMO)
    if access is None:
        access = actor.memo[_MEMO] = _read_access(actor)
    return access


def _read_access(actor: Actor) -> Access:
    if actor.kind is ActorKind.SYSTEM:
        return _EVERYTHING
    user = actor.user
    if user is None or not user.is_active or (user.vendor is not None and not user.vendor.is_active):
        return _NOTHING
    granted = _granted_ids(user)
    return Access(
        sees_all="tickets.view_all" in actor.permissions and not user.is_outsourced,
        is_outsourced=user.is_outsourced,
        vendor_id=user.vendor_id,
        queue_ids=granted["queue"] or (),
        channel_ids=granted["channel"] or (),
        category_ids=_category_limit(user, granted["category"]),
        closed_days=user.vendor.closed_days if user.vendor else (0 if user.is_outsourced else None),
    )


def _category_limit(user: User, granted: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Categories limit a vendor's people only, once one is granted or the vendor is marked as limited to them."""
    if not user.is_outsourced:
        return None
    if granted:
        return granted
    return () if user.vendor is not None and user.vendor.limits_categories else None


def _granted_ids(user: User) -> dict[GrantKind, tuple[int, ...] | None]:
    found: dict[GrantKind, tuple[int, ...] | None] = {"queue": (), "channel": (), "category": ()}
    querysets: list[QuerySet[Any, Any]] = []
    for kind, source in _sources.items():
        ids = source(user)
        if isinstance(ids, QuerySet):
            querysets.append(ids.annotate(grant_kind=Value(kind, output_field=CharField())))
        else:
            found[kind] = None if ids is None else tuple(ids)
    if querysets:
        first, *others = querysets
        rows: dict[GrantKind, set[int]] = {}
        for granted_id, kind in first.union(*others, all=True) if others else first:
            rows.setdefault(kind, set()).add(granted_id)
        found.update({kind: tuple(sorted(ids)) for kind, ids in rows.items()})
    return found
