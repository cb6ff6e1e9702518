"""Who sees what: one table of teams against queues, channels and categories."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from guardian.models import GroupObjectPermissionBase

from apps.accounts.admin_site import StaffSite
from apps.accounts.models import Team
from apps.accounts.proof import proven_lately
from apps.accounts.services.grants import kept_among, set_grants
from apps.channels.models import Channel, ChannelGroupObjectPermission
from apps.core.admin.base import actor_of
from apps.core.permissions import may
from apps.tickets.models import Category, CategoryGroupObjectPermission, Queue, QueueGroupObjectPermission


@dataclass(frozen=True)
class Kind:
    key: str
    label: Any
    help: Any
    model: Any
    grants: type[GroupObjectPermissionBase]
    codename: str


KINDS = (
    Kind(
        "queue",
        gettext_lazy("Queues"),
        gettext_lazy("A team works the tickets of its queues."),
        Queue,
        QueueGroupObjectPermission,
        "work_queue",
    ),
    Kind(
        "channel",
        gettext_lazy("Channels"),
        gettext_lazy("A vendor's team sees only tickets of these channels. In-house teams are not limited by them."),
        Channel,
        ChannelGroupObjectPermission,
        "serve_channel",
    ),
    Kind(
        "category",
        gettext_lazy("Categories"),
        gettext_lazy("A vendor's team with categories sees only tickets of these. Without any, no category limits it."),
        Category,
        CategoryGroupObjectPermission,
        "serve_category",
    ),
)


@dataclass(frozen=True)
class Cell:
    name: str
    label: str
    is_granted: bool
    is_kept: bool


@dataclass(frozen=True)
class Row:
    label: str
    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    kind: Kind
    rows: tuple[Row, ...]


def access_view(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not may(actor, "accounts.manage"):
        raise PermissionDenied
    teams = list(Team.objects.visible_to(actor).filter(is_active=True).select_related("vendor").order_by("key"))
    if request.method == "POST":
        save(request, teams)
        messages.success(request, _("Saved. It holds from everybody's next request."))
        return redirect("admin:access")
    context = {
        **admin.site.each_context(request),
        "title": _("Who sees what"),
        "teams": teams,
        "kept": kept_among(teams),
        "tables": tables(request, teams),
    }
    return TemplateResponse(request, "admin/access/matrix.html", context)


def tables(request: HttpRequest, teams: Collection[Team]) -> list[Table]:
    kept = kept_among(teams)
    return [Table(kind, tuple(_rows(request, kind, teams, kept))) for kind in KINDS]


def _rows(request: HttpRequest, kind: Kind, teams: Iterable[Team], kept: Collection[int]) -> Iterable[Row]:
    pairs = kind.grants.objects.filter(permission__codename=kind.codename)
    granted = set(pairs.values_list("group_id", "content_object_id"))
    for row in kind.model.objects.visible_to(actor_of(request)):
        cells = tuple(
            Cell(
                name=f"{kind.key}:{team.pk}:{row.pk}",
                label=f"{team.name}: {row.name}",
                is_granted=(team.group_id, row.pk) in granted,
                is_kept=team.pk in kept,
            )
            for team in teams
        )
        yield Row(label=str(row.name), key=row.key, cells=cells)


@transaction.atomic
def save(request: HttpRequest, teams: Collection[Team]) -> None:
    """What is ticked is granted, what is not is taken away; rows that the page did not show stay as they are, and so do
    teams whose grants follow a contract.
    """
    kept = kept_among(teams)
    for kind in KINDS:
        known = set(kind.model.objects.visible_to(actor_of(request)).values_list("pk", flat=True))
        for team in teams:
            if team.pk in kept:
                continue
            ticked = {pk for pk in known if f"{kind.key}:{team.pk}:{pk}" in request.POST}
            set_grants(
                team=team, grant_model=kind.grants, codename=kind.codename, object_ids=ticked, by=actor_of(request)
            )


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("access/", proven_lately(access_view), name="access")
