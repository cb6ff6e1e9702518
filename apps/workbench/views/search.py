"""Search over what one may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.middleware import actor_of
from apps.core.htmx import is_htmx
from apps.tickets.selectors.lists import DEFAULT_VIEW
from apps.tickets.selectors.search import search
from apps.workbench.desk import desk_context, filters_of, staff_only


@require_safe
@staff_only
def search_page(request: HttpRequest) -> HttpResponse:
    found = search(actor_of(request), request.GET.get("q", ""), request.GET.get("cursor") or None)
    filters = filters_of(request, DEFAULT_VIEW)
    context = {**desk_context(request, filters), "found": found, "title": _("Search"), "view_key": "search"}
    context["list_url"] = request.get_full_path()
    if is_htmx(request):
        return render(request, "workbench/_search_list.html", context)
    return render(request, "workbench/desk.html", context)
