"""The map of personal data: to read, to search, and as a file. It shows fields and never what is in them."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.admin_site import StaffSite
from apps.compliance.admin.exports import reader_of
from apps.compliance.enums import Outlet
from apps.compliance.selectors.data_map import HEAD, Entry, data_map
from apps.compliance.selectors.recipients import Recipients
from apps.core import audit
from apps.core.errors import NotVisible
from apps.core.sheets import csv_file, xlsx_file
from apps.privacy.enums import FieldClass

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def data_map_view(request: HttpRequest) -> HttpResponse:
    reader_of(request)
    recipients = Recipients()
    context = {
        **admin.site.each_context(request),
        "title": _("Data map"),
        "words": request.GET.get("q", ""),
        "with_rest": _with_rest(request),
        "head": HEAD,
        "entries": _asked(request),
        "classes": [each.label for each in FieldClass],
        "roles": list(recipients.modes()),
        "vendors": recipients.vendors,
        "systems": [(outlet.label, recipients.systems[outlet]) for outlet in Outlet if outlet in recipients.systems],
        "asked": request.GET.urlencode(),
    }
    return TemplateResponse(request, "admin/compliance/data-map.html", context)


@require_safe
def data_map_file(request: HttpRequest, kind: str) -> HttpResponse:
    """What the page shows, by the same search."""
    actor = reader_of(request)
    if kind not in TYPES:
        raise NotVisible
    head, rows = [str(each) for each in HEAD], [entry.cells() for entry in _asked(request)]
    audit.record("data_map.exported", by=actor, details={"kind": kind, "rows": len(rows)})
    content = csv_file(head, rows) if kind == "csv" else xlsx_file([(_("Data map"), head, rows)])
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="data-map.{kind}"'
    return answer


def _asked(request: HttpRequest) -> list[Entry]:
    return data_map(words=request.GET.get("q", ""), with_rest=_with_rest(request))


def _with_rest(request: HttpRequest) -> bool:
    return "all" in request.GET


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("data-map/", data_map_view, name="data-map")
        site.add_page("data-map/data-map.<slug:kind>", data_map_file, name="data-map-file")
