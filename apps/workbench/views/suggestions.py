"""Customers that may be one person: the list for those who may merge, and their decision."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core.errors import InvalidInput, NotVisible
from apps.core.htmx import redirect as to_page
from apps.core.htmx import toast
from apps.core.ids import read_public_id
from apps.core.paging import paginate
from apps.core.permissions import require
from apps.customers.models import MergeSuggestion
from apps.customers.selectors import decided_suggestions, open_suggestions, suggestion_rows
from apps.customers.services.suggestions import DECISIONS
from apps.privacy.lens import lens_for
from apps.workbench.desk import staff_only

DECIDED: Final = 10
DONE = {"accept": _("Merged"), "dismiss": _("Noted: two people"), "open": _("Taken back")}


@require_safe
@staff_only
def suggestions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "customers.merge")
    page = paginate(open_suggestions(actor), order=("-id",), cursor=request.GET.get("cursor") or None, size=25)
    context = {
        "section": "customers",
        "rows": suggestion_rows(page.rows, lens_for(actor)),
        "decided": suggestion_rows(decided_suggestions(actor)[:DECIDED], lens_for(actor)),
        "page": page,
    }
    return render(request, "workbench/suggestions.html", context)


@require_POST
@staff_only
def suggestion(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line gives way to what was decided, with a button to take it back."""
    actor, decision = actor_of(request), request.POST.get("decision", "")
    pk = read_public_id(MergeSuggestion, public_id)
    found = MergeSuggestion.objects.visible_to(actor).filter(pk=pk or 0).first()
    if found is None:
        raise NotVisible
    if decision not in DECISIONS:
        raise InvalidInput
    DECISIONS[decision](suggestion=found, by=actor)
    if not request.headers.get("HX-Request"):
        return to_page(request, reverse("workbench:customer-suggestions"))
    found.refresh_from_db()
    context = {"row": suggestion_rows([found], lens_for(actor))[0]}
    return toast(render(request, "workbench/_suggestion.html", context), "success", DONE[decision])
