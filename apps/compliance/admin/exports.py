"""Exports: who asked for what, who agreed, and the file for who asked."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.compliance.enums import ExportState
from apps.compliance.kinds import kind_of
from apps.compliance.models import Export
from apps.compliance.querysets import READ, reads_proof
from apps.compliance.services.entries import KIND as ENTRIES
from apps.compliance.services.exports import KEPT, approve_export, ask_export, fetch_export, refuse_export
from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin.base import ReadOnlyAdmin, actor_of, column
from apps.core.errors import NotVisible
from apps.core.permissions import may
from apps.outsourcing.admin.moves import MAX_REASON, Move, carry_out, chosen

MOVES: Final = (
    Move(
        "approval",
        gettext_lazy("Agree"),
        approve_export,
        gettext_lazy("Who asked may then fetch the file for a day."),
        needs_reason=False,
    ),
    Move("refusal", gettext_lazy("Refuse"), refuse_export, gettext_lazy("The file is deleted at once.")),
)


def reader_of(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not reads_proof(actor):
        raise PermissionDenied
    return actor


def _name(row: Export) -> SafeString:
    address = reverse("admin:export", args=[row.pk])
    return format_html(
        '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>',
        address,
        kind_of(row.kind).label,
    )


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin[Export]):
    view_code = READ
    list_display = (
        column("what", gettext_lazy("what"), _name),
        "state",
        "rows",
        "asked_by",
        "asked_at",
        "decided_by",
        "fetched",
    )
    list_display_links = None
    list_filter = ("state", "kind")
    list_select_related = ("asked_by", "decided_by")
    ordering = ("-asked_at",)
    fields = ("kind", "state", "rows", "asked_by", "asked_at", "decided_by", "decided_at", "expires_at", "fetched")


@require_GET
def export_view(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _export(request, pk))


def asked_page(request: HttpRequest, row: Export, password: str) -> HttpResponse:
    """The answer that asked: nothing else ever shows the password."""
    response = _page(request, row, password)
    add_never_cache_headers(response)
    return response


def _page(request: HttpRequest, row: Export, password: str = "") -> HttpResponse:
    actor = actor_of(request)
    is_own = row.asked_by_id == actor.user_id
    decides = (
        row.state == ExportState.WAITING and not is_own and all(may(actor, code) for code in kind_of(row.kind).needs)
    )
    context = {
        **admin.site.each_context(request),
        "title": kind_of(row.kind).label,
        "export": row,
        "password": password,
        "hours": int(KEPT.total_seconds() // 3600),
        "may_fetch": is_own
        and row.state == ExportState.READY
        and bool(row.expires_at and row.expires_at > clock.now()),
        "is_own": is_own,
        "moves": MOVES if decides else (),
        "max_reason": MAX_REASON,
    }
    return TemplateResponse(request, "admin/compliance/export.html", context)


@require_POST
def export_move_view(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    carry_out(request, chosen(MOVES, move), export=_export(request, pk))
    return redirect("admin:export", pk)


@require_POST
def export_file_view(request: HttpRequest, pk: int) -> HttpResponse:
    row = _export(request, pk)
    try:
        content = fetch_export(export=row, by=actor_of(request))
    except NotVisible:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{row.kind}-{row.asked_at:%Y%m%d-%H%M%S}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    add_never_cache_headers(response)
    return response


def _export(request: HttpRequest, pk: int) -> Export:
    rows = Export.objects.visible_to(reader_of(request)).select_related("asked_by", "decided_by")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def large_audit_export(request: HttpRequest, ids: list[int], kind: str) -> HttpResponse:
    """What the list of the audit trail hands over when it is more than one person takes along alone."""
    question = {"ids": ids, "as": kind}
    return asked_page(request, *ask_export(kind=ENTRIES, question=question, by=actor_of(request)))


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("exports/<int:pk>/", export_view, name="export")
        site.add_page("exports/<int:pk>/file/", proven_lately(export_file_view), name="export-file")
        site.add_page("exports/<int:pk>/<slug:move>/", proven_lately(export_move_view), name="export-move")
