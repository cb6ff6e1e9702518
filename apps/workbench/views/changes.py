"""Changes of a ticket: each address is one resource, each view calls one service."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, trigger_client_event

from apps.accounts.middleware import actor_of
from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, StaleVersion
from apps.core.htmx import is_htmx, toast
from apps.customers.models import Tag
from apps.tickets.enums import Status
from apps.tickets.models import Category, Queue, Ticket
from apps.tickets.selectors import choices
from apps.tickets.selectors.detail import page_of, ticket_for, ticket_page
from apps.tickets.services import assignment, lifecycle, reading, spam
from apps.tickets.services.duties import Moment, duties_left
from apps.tickets.services.lifecycle import WrapUpInput
from apps.workbench.answers import changed, dialog, stale
from apps.workbench.desk import staff_only
from apps.workbench.forms import MergeForm, ResolutionForm, show_errors


def posted_version(request: HttpRequest) -> int | None:
    value = request.POST.get("version", "")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def posted_id(value: str) -> int:
    if not (value.isdecimal() and len(value) < 19):
        raise NotVisible
    return int(value)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_assignment(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    if request.method != "POST":
        return _assignees(request, ticket)
    if "claim" in request.POST:
        claimed = assignment.claim_ticket(ticket=ticket, by=actor)
        return changed(request, claimed, _("Taken: #%(number)s is yours") % {"number": number})
    to, team = request.POST.get("to", ""), request.POST.get("team", "")
    user = _user(ticket, to) if to else None
    group = None
    if team:
        group = Team.objects.filter(pk=posted_id(team), is_active=True).first()  # one door: staff may name any team
    before = ticket.assignee_id
    try:
        extra = {"team": group} if team else {}
        assignment.assign_ticket(ticket=ticket, to=user, by=actor, version=posted_version(request), **extra)
    except StaleVersion as error:
        return stale(request, error)
    name = str(user or group or "")
    message = _("Assigned to %(name)s") % {"name": name} if name else _("Unassigned")
    undo = reverse("workbench:ticket-assignment-undo", args=[number, before or 0])
    return changed(request, ticket, message, undo_url="" if user is not None and user.pk == actor.user_id else undo)


@require_POST
@staff_only
def ticket_assignment_undo(request: HttpRequest, number: int, user_id: int) -> HttpResponse:
    """Back to who held it; 0 for nobody."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    assignment.assign_ticket(ticket=ticket, to=_user(ticket, str(user_id)) if user_id else None, by=actor)
    return changed(request, ticket)


def _user(ticket: Ticket, value: str) -> User:
    pk = posted_id(value)
    found = User.objects.filter(pk=pk, is_active=True).first()  # one door: the service asks who may take it
    if found is None:
        raise NotVisible
    return found


def _assignees(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "kind": "people",
        "people": choices.assignable_users(actor, ticket),
        "teams": choices.teams_with_work(ticket) if "tickets.assign_others" in actor.permissions else [],
        "current": ticket.assignee_id,
        "may_unassign": "tickets.assign" in actor.permissions,
        "number": ticket.number,
        "version": ticket.version,
    }
    return render(request, "workbench/choices.html", context)


@require_POST
@staff_only
def ticket_status(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    wanted = request.POST.get("status") or request.GET.get("to", "")
    before = ticket.status
    try:
        moved = lifecycle.change_status(ticket=ticket, status=wanted, by=actor, version=posted_version(request))
    except StaleVersion as error:
        return stale(request, error)
    return changed(request, moved, _status_message(moved), undo_url=_undo_status(moved, before))


def _status_message(ticket: Ticket) -> str:
    return _("Status: %(status)s") % {"status": Status(ticket.status).label}


def _undo_status(ticket: Ticket, before: str) -> str:
    """A step that the state machine allows back; there is none to “new”."""
    if before == ticket.status or before == Status.NEW:
        return ""
    return f"{reverse('workbench:ticket-status', args=[ticket.number])}?to={before}"


@require_POST
@staff_only
def ticket_fields(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    changes: dict[str, Any] = {
        name: request.POST[name] for name in ("priority", "type", "subject") if name in request.POST
    }
    if "queue" in request.POST:
        changes["queue"] = _queue_to_move_to(actor, request.POST["queue"])
    if "category" in request.POST:
        value = request.POST["category"]
        changes["category"] = _visible(Category.objects.visible_to(actor), value) if value else None
    try:
        saved = lifecycle.change_fields(ticket=ticket, by=actor, version=posted_version(request), **changes)
    except StaleVersion as error:
        return stale(request, error)
    return changed(request, saved, _("Changed"))


def _queue_to_move_to(actor: Actor, value: str) -> Queue:
    """In-house people may hand a ticket to a queue whose work they do not see themselves."""
    pk = posted_id(value)
    if pk not in {choice.id for choice in choices.queues_to_move(actor)}:
        raise NotVisible
    return Queue.objects.get(pk=pk)  # one door: checked against the choices above


def _visible(rows: Any, value: str) -> Any:
    found = rows.filter(pk=posted_id(value)).first()
    if found is None:
        raise NotVisible
    return found


@require_POST
@staff_only
def ticket_tags(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ids = [posted_id(value) for value in request.POST.getlist("tags")]
    tags = list(Tag.objects.filter(pk__in=ids))  # one door: a vocabulary, nothing of a customer
    return changed(request, lifecycle.change_fields(ticket=ticket_for(actor, number), by=actor, tags=tags))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_resolution(request: HttpRequest, number: int) -> HttpResponse:
    """The wrap-up. Where nothing is required it can be left empty and sent with one more Enter."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    page = page_of(actor, ticket)
    initial = {"category": ticket.category_id or "", "tags": [tag.id for tag in page.ticket.tags], "outcome": "yes"}
    form = ResolutionForm(request.POST or None, actor=actor, page=page, initial=initial)
    owed = duties_left(Moment.RESOLVING, ticket, actor)
    context = {"form": form, "number": number, "action": request.path, "owed": owed}
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/resolution.html", context)
    if form.is_valid():
        try:
            resolved = lifecycle.resolve_ticket(ticket=ticket, by=actor, wrap_up=wrap_up_of(actor, form))
        except InvalidInput as error:
            show_errors(form, error)
        else:
            undo = f"{reverse('workbench:ticket-status', args=[number])}?to={Status.OPEN.value}"
            message = _("Resolved: #%(number)s") % {"number": number}
            return changed(request, resolved, message, undo_url=undo, closes_dialog=True)
    return dialog(request, "workbench/dialogs/resolution.html", context, status=422)


def wrap_up_of(actor: Actor, form: ResolutionForm) -> WrapUpInput:
    data = form.cleaned_data
    category = _visible(Category.objects.visible_to(actor), data["category"]) if data["category"] else None
    ids = [posted_id(value) for value in data["tags"]]
    tags = list(Tag.objects.filter(pk__in=ids))  # one door: a vocabulary, nothing of a customer
    return WrapUpInput(category=category, tags=tags, summary=data["summary"], is_solved=form.is_solved)


@require_POST
@staff_only
def ticket_watch(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    if "undo" in request.GET:
        assignment.unwatch(ticket=ticket, by=actor)
        return changed(request, ticket, _("You no longer watch this ticket"))
    assignment.watch(ticket=ticket, by=actor)
    return changed(request, ticket, _("You watch this ticket"))


@require_POST
@staff_only
def ticket_unread(request: HttpRequest, number: int) -> HttpResponse:
    """Back among what one has not read. The desk closes the ticket, or looking at it would read it again."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    reading.mark_unread(ticket=ticket, by=actor)
    if not is_htmx(request):
        return HttpResponseRedirect(reverse("workbench:home"))
    response = reswap(HttpResponse(status=200), "none")
    trigger_client_event(response, "desk:unread", {"ticket": ticket.pk})
    return toast(response, "success", _("Marked as unread"))


@require_POST
@staff_only
def ticket_spam(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    undo = f"{reverse('workbench:ticket-spam', args=[number])}?undo=1"
    if "undo" in request.GET:
        spam.unmark_spam(ticket=ticket, by=actor)
        return changed(request, ticket, _("Not spam"))
    if "block" in request.GET:
        spam.block_sender(ticket=ticket, by=actor)
        return changed(request, ticket, _("Marked as spam, sender blocked"), undo_url=undo)
    spam.mark_spam(ticket=ticket, by=actor)
    return changed(request, ticket, _("Marked as spam"), undo_url=undo)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_merge(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    form = MergeForm(request.POST or None)
    others = ticket_page(actor, number).other_tickets if request.method != "POST" else ()
    context = {"form": form, "number": number, "action": request.path, "others": others}
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/merge.html", context)
    if not form.is_valid():
        return dialog(request, "workbench/dialogs/merge.html", context, status=422)
    ticket = ticket_for(actor, number)
    try:
        into = ticket_for(actor, form.cleaned_data["number"])
    except NotVisible:
        form.add_error("into", _("There is no such ticket."))
        return dialog(request, "workbench/dialogs/merge.html", context, status=422)
    lifecycle.merge_tickets(ticket=ticket, into=into, by=actor)
    message = _("Merged into #%(number)s") % {"number": into.number}
    undo = reverse("workbench:ticket-unmerge", args=[number])
    return changed(request, ticket, message, undo_url=undo, closes_dialog=True)


@require_POST
@staff_only
def ticket_unmerge(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    separated = lifecycle.unmerge(ticket=ticket_for(actor, number), by=actor)
    return changed(request, separated, _("Separated again"))
