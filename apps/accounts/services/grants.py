"""What a team's people may see: grants of queues, channels and categories to the team's group."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from guardian.models import GroupObjectPermissionBase

from apps.accounts.models import Team
from apps.core import audit
from apps.core.actor import Actor
from apps.core.permissions import require


@transaction.atomic
def set_grants(
    *,
    team: Team,
    grant_model: type[GroupObjectPermissionBase],
    codename: str,
    object_ids: Collection[int],
    by: Actor,
) -> None:
    """Makes the team's grants of one kind exactly these. Takes effect with everybody's next request."""
    require(by, "accounts.manage")
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
    if current != wanted:
        audit.record(
            "team.grants_changed",
            by=by,
            subject=team,
            details={"what": codename, "added": sorted(wanted - current), "removed": sorted(current - wanted)},
        )
