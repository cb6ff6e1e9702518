"""Named lists: private ones are everybody's own affair, shared ones need the right to share."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import Team
from apps.core.actor import Actor
from apps.core.audit import record
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.tickets.enums import ViewScope
from apps.tickets.models import SavedView
from apps.tickets.rules import may_change_view
from apps.tickets.selectors.lists import ListFilters

MAX_NAME = 60
MAX_VIEWS = 50
"""As many as a person can have; each is counted for everybody who has it before their eyes."""


@transaction.atomic
def save_view(
    *, by: Actor, name: str, filters: ListFilters, scope: str = ViewScope.PRIVATE, team: Team | None = None
) -> SavedView:
    """Keeps a list as it is filtered and sorted now, at the end of the views."""
    if by.user is None:
        raise PermissionRefused
    require(by, "tickets.view")
    if SavedView.objects.filter(owner=by.user).count() >= MAX_VIEWS:
        raise InvalidInput(fields={"name": [_("At most %(most)s views.") % {"most": MAX_VIEWS}]})
    last = SavedView.objects.visible_to(by).aggregate(last=Max("position"))["last"] or 0
    row = SavedView(owner=by.user, filters=filters.as_saved(), position=min(last + 1, 32_000))
    _fill(row, by, name=name, scope=scope, team=team)
    row.save(force_insert=True)
    _record("tickets.view_saved", row, by)
    return row


@transaction.atomic
def change_view(
    *, view: SavedView, by: Actor, name: str, scope: str, team: Team | None = None, filters: ListFilters | None = None
) -> SavedView:
    """Renames it in the language of the one who does, shares it, or has it hold other filters."""
    row = _changeable(view, by)
    was_shared = row.scope != ViewScope.PRIVATE
    _fill(row, by, name=name, scope=scope, team=team)
    if filters is not None:
        row.filters = filters.as_saved()
    row.save(update_fields=["name", "scope", "team", "filters"])
    _record("tickets.view_changed", row, by, was_shared=was_shared)
    return row


@transaction.atomic
def delete_view(*, view: SavedView, by: Actor) -> dict[str, Any]:
    """Gives what `restore_view` needs to bring it back."""
    row = _changeable(view, by)
    kept = {
        "id": row.pk,
        "owner": row.owner_id,
        "scope": row.scope,
        "team": row.team_id,
        "name": dict(row.name),
        "filters": row.filters,
        "position": row.position,
    }
    _record("tickets.view_deleted", row, by)
    row.delete()
    return kept


@transaction.atomic
def restore_view(*, kept: dict[str, Any], by: Actor) -> SavedView:
    """Takes a deletion back, for who might have made it. A view that is there again already stays as it is."""
    row = SavedView(
        pk=kept["id"],
        owner_id=kept["owner"],
        scope=kept["scope"],
        team_id=kept["team"],
        name=kept["name"],
        filters=kept["filters"],
        position=kept["position"],
    )
    if not may_change_view(by, row):
        raise PermissionRefused
    if not SavedView.objects.filter(pk=row.pk).exists():
        row.save(force_insert=True)
        _record("tickets.view_saved", row, by)
    return row


def _changeable(view: SavedView, by: Actor) -> SavedView:
    rows = SavedView.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=view.pk).first()
    if row is None:
        raise NotVisible
    if not may_change_view(by, row):
        raise PermissionRefused
    return row


def _fill(row: SavedView, by: Actor, *, name: str, scope: str, team: Team | None) -> None:
    name = " ".join(name.split())
    errors: dict[str, list[Any]] = {}
    if not name or len(name) > MAX_NAME:
        errors["name"] = [_("Write a name of at most %(most)s characters.") % {"most": MAX_NAME}]
    if scope not in ViewScope.values:
        errors["scope"] = [_("Choose whom the view is for.")]
    stays = row.scope == scope and team is not None and team == row.team
    if scope == ViewScope.TEAM and not stays and not _is_own_team(team, by):
        errors["scope"] = [_("Choose one of your teams.")]
    if errors:
        raise InvalidInput(fields=errors)
    if scope != ViewScope.PRIVATE:
        require(by, "tickets.share_views")
    elif row.owner_id != by.user_id:
        raise PermissionRefused  # making it private would take it from everybody but its owner
    row.name = {**row.name, (get_language() or "en").lower(): name}
    row.scope, row.team = scope, team if scope == ViewScope.TEAM else None


def _is_own_team(team: Team | None, by: Actor) -> bool:
    return team is not None and by.user is not None and by.user.groups.filter(pk=team.group_id).exists()


def _record(action: str, row: SavedView, by: Actor, *, was_shared: bool = False) -> None:
    """What others see is configuration, and so in the audit trail."""
    if was_shared or row.scope != ViewScope.PRIVATE:
        record(action, by=by, subject=row, details={"scope": row.scope, "name": str(row.name)})
