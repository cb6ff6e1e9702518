"""Which contracts count for vendors now, and how what they open compares with what is granted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from apps.accounts.models import Team, User
from apps.channels.models import ChannelGroupObjectPermission
from apps.core.clock import now
from apps.outsourcing.enums import ContractState
from apps.outsourcing.models import Contract
from apps.tickets.models import CategoryGroupObjectPermission, QueueGroupObjectPermission


class Kind(NamedTuple):
    """What a contract opens, by the name of its own field."""

    name: str
    label: Promise
    grants: type[GroupObjectPermissionBase]
    codename: str


KINDS: Final = (
    Kind("queues", _("Queues"), QueueGroupObjectPermission, "work_queue"),
    Kind("channels", _("Channels"), ChannelGroupObjectPermission, "serve_channel"),
    Kind("categories", _("Categories"), CategoryGroupObjectPermission, "serve_category"),
)


def under_contract(teams: Collection[Team]) -> frozenset[int]:
    """Those whose grants follow a contract, and are nobody's to give by hand."""
    vendors = {team.vendor_id for team in teams if team.vendor_id is not None}
    if not vendors:
        return frozenset()
    bound = vendors_under_contract(vendors)
    return frozenset(team.pk for team in teams if team.vendor_id in bound)


def vendors_under_contract(among: Collection[int] | None = None) -> set[int]:
    """From the first day of their first contract, and for good: without one they see nothing."""
    rows = Contract.objects.binding()
    if among is not None:
        rows = rows.filter(vendor__in=among)
    moment = now()
    return {row.vendor_id for row in rows if row.has_begun(moment)}


def ruling_contract(vendor_id: int) -> Contract | None:
    """The one that is in force now."""
    moment = now()
    return next((row for row in Contract.objects.live().filter(vendor=vendor_id) if row.is_in_force(moment)), None)


def words_for_vendors_people(user: User) -> str:
    """What somebody reads who was signed out because of their company's contract: that it is over, and since when. Why the
    house decided so is not told.
    """
    moment = now()
    begun = [row for row in Contract.objects.binding().filter(vendor=user.vendor_id) if row.has_begun(moment)]
    last = max(begun, key=lambda row: row.starts_on, default=None)
    if last is None or not user.is_active or last.is_in_force(moment):
        return ""
    if last.state == ContractState.SUSPENDED:
        return gettext("The contract with your company is suspended. You can sign in again once it is resumed.")
    over = last.day(last.updated)
    words = (
        gettext("The contract with your company was over on %(day)s, as agreed.")
        if over > last.ends_on
        else gettext("The contract with your company was ended on %(day)s.")
    )
    return words % {"day": date_format(min(over, last.ends_on))}


def overlapping(contract: Contract) -> Contract | None:
    """The other one of the vendor that is live on one of the same days."""
    others = Contract.objects.live().filter(vendor_id=contract.vendor_id).exclude(pk=contract.pk)
    return others.filter(starts_on__lte=contract.ends_on, ends_on__gte=contract.starts_on).first()


@dataclass(frozen=True, slots=True)
class Opening:
    """One queue, channel or category: whether the contract opens it, and which teams have it."""

    name: str
    is_agreed: bool
    teams: tuple[str, ...]


def openings(contract: Contract) -> list[tuple[Promise, list[Opening]]]:
    """What is agreed beside what is granted right now."""
    teams = {team.group_id: str(team.name) for team in Team.objects.filter(vendor_id=contract.vendor_id)}
    return [(kind.label, _openings(contract, kind, teams)) for kind in KINDS]


def _openings(contract: Contract, kind: Kind, teams: dict[int, str]) -> list[Opening]:
    agreed = {row.pk: row for row in getattr(contract, kind.name).all()}
    manager: Any = kind.grants._default_manager
    pairs = manager.filter(group__in=teams, permission__codename=kind.codename)
    granted: dict[int, list[str]] = {}
    for group_id, pk in pairs.values_list("group_id", "content_object_id"):
        granted.setdefault(pk, []).append(teams[group_id])
    return [
        Opening(str(row.name), row.pk in agreed, tuple(sorted(granted.get(row.pk, ()))))
        for row in _rows_of(contract, kind, {*agreed, *granted})
    ]


def _rows_of(contract: Contract, kind: Kind, ids: Collection[int]) -> Iterable[Any]:
    target: Any = Contract._meta.get_field(kind.name).related_model
    return target._default_manager.filter(pk__in=ids).order_by("key")  # type: ignore[no-any-return]  # the model is known at run time only
