"""The list beside the ticket: the page, its rows one by one for what changed, the counts, and "since N"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.accounts.middleware import actor_of
from apps.core.events import last_position
from apps.core.htmx import is_htmx
from apps.core.live import events_after
from apps.tickets.models import Ticket
from apps.tickets.selectors.lists import (
    DEFAULT_VIEW,
    ticket_list,
    ticket_rows_in,
    view_counts,
)
from apps.workbench.desk import desk_context, filters_of, list_context, staff_only

MAX_IDS = 100
MOST_NEWS = 200


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    return redirect("workbench:list", DEFAULT_VIEW)


@require_safe
@staff_only
def views(request: HttpRequest) -> HttpResponse:
    """The views alone: the first of the three pages that the desk is on a narrow screen."""
    filters = filters_of(request, DEFAULT_VIEW)
    page = ticket_list(actor_of(request), filters)
    context = {**desk_context(request, filters), **list_context(request, filters), "page": page, "shows_views": True}
    return render(request, "workbench/desk.html", context)


@require_safe
@staff_only
def ticket_list_page(request: HttpRequest, view: str) -> HttpResponse:
    filters = filters_of(request, view)
    page = ticket_list(actor_of(request), filters, cursor=request.GET.get("cursor") or None)
    context = {**list_context(request, filters), "page": page}
    if is_htmx(request):
        return render(request, "workbench/_list.html", context)
    return render(request, "workbench/desk.html", {**desk_context(request, filters), **context})


@require_safe
@staff_only
def rows(request: HttpRequest, view: str) -> HttpResponse:
    """Those of the asked tickets that stand in this list now. What is missing from the answer left the list."""
    actor, filters = actor_of(request), filters_of(request, view)
    ids = [int(part) for part in request.GET.get("ids", "").split(",") if part.isdecimal() and len(part) < 19]
    context = {"rows": ticket_rows_in(actor, filters, ids[:MAX_IDS]), "view_key": view}
    return render(request, "workbench/rows.html", context)


@require_safe
@staff_only
def counts(request: HttpRequest) -> HttpResponse:
    """The figures alone, or with `nav` the whole list of views for a page that came without it."""
    template = "workbench/_views_nav.html" if "nav" in request.GET else "workbench/counts.html"
    context = {"views": view_counts(actor_of(request)), "view_key": request.GET.get("nav", "")}
    return render(request, template, context)


@require_safe
@staff_only
def live(request: HttpRequest) -> JsonResponse:
    """What changed since a position, within the actor's scope: ids and versions only.

    A page that does not know its position yet is told it, and told to look at everything once.
    """
    after = request.GET.get("after", "0")
    if after == "":
        return JsonResponse({"position": last_position(), "reset": True, "changed": []})
    position = int(after) if after.isdecimal() and len(after) < 19 else 0
    newest = last_position()
    events = events_after(position, limit=MOST_NEWS) if newest - position > 0 else []
    is_far_behind = len(events) == MOST_NEWS
    latest = {event.ticket_id: event.position for event in events if event.ticket_id}
    visible = Ticket.objects.visible_to(actor_of(request)).filter(pk__in=list(latest)).values_list("pk", "version")
    return JsonResponse(
        {
            "position": newest if is_far_behind else max([position, *(event.position or 0 for event in events)]),
            "reset": is_far_behind,
            "changed": [
                {"kind": "ticket", "id": pk, "version": version, "position": latest[pk]} for pk, version in visible
            ],
        }
    )
