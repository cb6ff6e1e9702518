"""Lists that people name and keep: made from the list as it is, changed, shared, deleted and brought back."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import BadRequest, InvalidInput, NotVisible, PermissionRefused
from apps.core.htmx import redirect, toast_there
from apps.tickets.enums import ViewScope
from apps.tickets.models import SavedView
from apps.tickets.rules import may_change_view
from apps.tickets.selectors.lists import SAVED, ListFilters, applied
from apps.tickets.services import saved_views
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import SavedViewForm, show_errors

SALT = "workbench.saved_view"
KEEP_SECONDS = 3600


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def saved_view_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = SavedViewForm(request.POST or None, actor=actor, initial={"query": request.GET.urlencode()})
    if request.method == "POST" and form.is_valid():
        try:
            filters = _filters(actor, form.cleaned_data["query"])
            row = saved_views.save_view(by=actor, filters=filters, **form.as_values())
        except InvalidInput as error:
            show_errors(form, error)
        else:
            toast_there(request, _("View saved"))
            return redirect(request, _address(row))
    return _dialog(request, form, _("Save as view"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    row = _changeable(actor, pk)
    initial = {"name": str(row.name), "scope": _scope_of(row), "query": request.GET.urlencode(), "takes_filters": True}
    form = SavedViewForm(request.POST or None, actor=actor, row=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            filters = _filters(actor, data["query"]) if data.get("takes_filters") else None
            saved_views.change_view(view=row, by=actor, filters=filters, **form.as_values())
        except InvalidInput as error:
            show_errors(form, error)
        else:
            toast_there(request, _("View changed"))
            return redirect(request, _address(row))
    return _dialog(request, form, _("Change view"), row)


@require_POST
@staff_only
def saved_view_removal(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    kept = saved_views.delete_view(view=_changeable(actor, pk), by=actor)
    undo = f"{reverse('workbench:saved-view-restoration')}?kept={signing.dumps(kept, salt=SALT, compress=True)}"
    toast_there(request, _("View deleted"), undo)
    return redirect(request, reverse("workbench:home"))


@require_POST
@staff_only
def saved_view_restoration(request: HttpRequest) -> HttpResponse:
    """What the removal kept comes back, signed by us in between; the service asks again who may."""
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=SALT, max_age=KEEP_SECONDS)
    except signing.BadSignature as error:
        raise BadRequest from error
    row = saved_views.restore_view(kept=kept, by=actor_of(request))
    return redirect(request, _address(row))


def _changeable(actor: Actor, pk: int) -> SavedView:
    row = SavedView.objects.visible_to(actor).select_related("team").filter(pk=pk).first()
    if row is None:
        raise NotVisible
    if not may_change_view(actor, row):
        raise PermissionRefused
    return row


def _filters(actor: Actor, query: str) -> ListFilters:
    """The list's own query string again; on a saved view, what stands in place of its filters."""
    return applied(actor, ListFilters.from_query(QueryDict(query)))


def _scope_of(row: SavedView) -> str:
    return f"{ViewScope.TEAM}:{row.team_id}" if row.scope == ViewScope.TEAM else row.scope


def _address(row: SavedView) -> str:
    return reverse("workbench:list", args=[f"{SAVED}{row.pk}"])


def _dialog(request: HttpRequest, form: SavedViewForm, title: str, row: SavedView | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "action": request.path, "title": title, "row": row}
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/saved_view.html", context, status=status)
