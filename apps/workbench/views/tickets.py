"""The ticket's page and the small fragments that hang on it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.middleware import actor_of
from apps.core.audit import record_view
from apps.core.htmx import is_htmx
from apps.core.permissions import may
from apps.metrics.selectors.sides import ticket_sides
from apps.routing.selectors.explaining import assignment_rows
from apps.sla.selectors.explaining import escalation_sentences
from apps.tickets.selectors import choices
from apps.tickets.selectors.detail import page_of, ticket_for
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.lists import DEFAULT_VIEW
from apps.tickets.selectors.reviews import ticket_reviews
from apps.tickets.services.reading import mark_read
from apps.workbench import presence
from apps.workbench.desk import filters_of, staff_only, ticket_context


@require_safe
@staff_only
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """The whole desk, or only the ticket for a desk that is already there. Reading it marks it as read."""
    actor = actor_of(request)
    row = ticket_for(actor, number)
    page = page_of(actor, row)
    record_view("ticket.view", by=actor, subject=row)
    if page.last_sequence > page.read_to:
        mark_read(ticket=row, by=actor)
    filters = filters_of(request, request.GET.get("view") or DEFAULT_VIEW)
    context = {"history": ticket_history(actor, row), "view_key": filters.view}
    if is_htmx(request):
        return render(request, "workbench/_ticket.html", {**context, "page": page})
    return render(request, "workbench/desk.html", {**ticket_context(request, filters), **context, "page_ticket": page})


@require_safe
@staff_only
def history(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    row = ticket_for(actor, number)
    context = {
        "number": number,
        "history": ticket_history(actor, row),
        "sides": ticket_sides(actor, row),
        "assignments": assignment_rows(actor, row),
        "escalations": escalation_sentences(row),
        "reviews": ticket_reviews(actor, row),
        "may_ask": may(actor, "tickets.reply", row) and not row.is_merged,
    }
    return render(request, "workbench/dialogs/history.html", context)


@require_safe
@staff_only
def present(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    people = presence.others(ticket_for(actor, number).pk, actor.user_id)
    context = {"people": people, "typing": [person.name for person in people if person.is_typing]}
    return render(request, "workbench/presence.html", context)


@require_safe
@staff_only
def choices_menu(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """What a property's menu offers, read when it opens for the first time."""
    actor = actor_of(request)
    row = ticket_for(actor, number)
    offered = {"queue": choices.queues_to_move, "category": choices.categories, "tags": choices.tags}[kind](actor)
    current = {"queue": row.queue_id, "category": row.category_id}.get(kind)
    if kind == "tags":
        current = set(row.tags.values_list("pk", flat=True))  # type: ignore[assignment]
    context = {"kind": kind, "choices": offered, "current": current, "number": number, "version": row.version}
    return render(request, "workbench/choices.html", context)


@require_safe
@staff_only
def mentions(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    row = ticket_for(actor, number)
    found = choices.mention_candidates(actor, row, request.GET.get("q", ""), limit=8)
    options = [
        {"value": each.id, "label": each.name, "initials": each.initials, "hint": each.username} for each in found
    ]
    return render(request, "workbench/options.html", {"options": options})
