"""What a team's people may see: grants of queues, channels and categories to the team's group."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from apps.accounts.models import Team
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.permissions import require

Keeper = Callable[[Collection[Team]], Collection[int]]

_keepers: list[Keeper] = []


class GrantsKept(AppError):
    code = "accounts.grants_kept"
    message = _("What this team sees follows a contract. Change the contract.")


class GrantChange(NamedTuple):
    added: frozenset[int]
    removed: frozenset[int]


def register_keeper(keeper: Keeper) -> None:
    """Tells which of some teams have grants that follow something else, such as a contract, and are nobody's to set."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def kept_among(teams: Collection[Team]) -> frozenset[int]:
    """The ids of those whose grants are not set by hand."""
    return frozenset(pk for keeper in _keepers for pk in keeper(teams))


@transaction.atomic
def set_grants(
    *,
    team: Team,
    grant_model: type[GroupObjectPermissionBase],
    codename: str,
    object_ids: Collection[int],
    by: Actor,
) -> None:
    """For people. Takes effect with everybody's next request."""
    require(by, "accounts.manage")
    if kept_among([team]):
        raise GrantsKept
    write_grants(team=team, grant_model=grant_model, codename=codename, object_ids=object_ids, by=by)


@transaction.atomic
def write_grants(
    *,
    team: Team,
    grant_model: type[GroupObjectPermissionBase],
    codename: str,
    object_ids: Collection[int],
    by: Actor,
) -> GrantChange:
    """Makes the team's grants of one kind exactly these. For those who decide by a rule of their own."""
    Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    # Each model of grants has its own foreign key of this name; their common base has none.
    target = grant_model.content_object.field.related_model  # type: ignore[attr-defined]
    permission = Permission.objects.get(content_type=ContentType.objects.get_for_model(target), codename=codename)
    rows: QuerySet[Any] = grant_model._default_manager.filter(group_id=team.group_id, permission=permission)
    current, wanted = set(rows.values_list("content_object_id", flat=True)), set(object_ids)
    rows.filter(content_object_id__in=current - wanted).delete()
    common = {"group_id": team.group_id, "permission": permission}
    rows.model._default_manager.bulk_create(
        [rows.model(**common, content_object_id=pk) for pk in sorted(wanted - current)], ignore_conflicts=True
    )
    change = GrantChange(added=frozenset(wanted - current), removed=frozenset(current - wanted))
    if current != wanted:
        details = {"what": codename, "added": sorted(change.added), "removed": sorted(change.removed)}
        audit.record("team.grants_changed", by=by, subject=team, details=details)
    return change
