"""The agent's own state, what they are offered, and, for who supervises, the people of the floor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.htmx import is_htmx, toast
from apps.core.htmx import redirect as redirect_whole
from apps.core.permissions import require
from apps.routing.models import BreakReason
from apps.routing.selectors import floor
from apps.routing.services.pulling import claim_next
from apps.routing.services.states import set_state
from apps.tickets.models import Assignment
from apps.tickets.services import offers as offering
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import ForcedStateForm, show_errors

CHANGED = "floor:changed"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def own_state(request: HttpRequest) -> HttpResponse:
    """The switcher in the rail. Several tabs and browsers ask for it when they hear that it changed."""
    actor = actor_of(request)
    require(actor, "routing.serve")
    if request.method == "POST":
        reason = posted_reason(actor, request.POST.get("reason", ""))
        set_state(user=_self(actor), state=request.POST.get("state", ""), reason=reason, by=actor)
        if not is_htmx(request):
            return redirect("workbench:home")
    context = {"current": floor.own_state(actor), "user_id": actor.user_id}
    return render(request, "workbench/_state.html", context)


@require_safe
@staff_only
def state_choices(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "routing.serve")
    choices = floor.state_choices(actor, floor.own_state(actor))
    return render(request, "workbench/_state_choices.html", {"choices": choices, "held_back": floor.held_back(actor)})


def posted_reason(actor: Actor, key: str) -> BreakReason | None:
    return get_object_or_404(BreakReason.objects.visible_to(actor).active(), key=key) if key else None


def _self(actor: Actor) -> User:
    if actor.user is None:
        raise NotVisible
    return actor.user


@require_safe
@staff_only
def own_offers(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "routing.serve")
    return _offers(request, actor)


def _offers(request: HttpRequest, actor: Actor) -> HttpResponse:
    context = {"offers": floor.own_offers(actor), "state": floor.own_state(actor)}
    return render(request, "workbench/_offers.html", context)


@require_POST
@staff_only
def offer_acceptance(request: HttpRequest, pk: int) -> HttpResponse:
    ticket = offering.accept_offer(offer=_offer(actor_of(request), pk), by=actor_of(request))
    return redirect_whole(request, reverse("workbench:ticket", args=[ticket.number]))


@require_POST
@staff_only
def offer_refusal(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    offering.decline_offer(offer=_offer(actor, pk), by=actor)
    if not is_htmx(request):
        return redirect("workbench:home")
    return _offers(request, actor)


def _offer(actor: Actor, pk: int) -> Assignment:
    return get_object_or_404(Assignment.objects.visible_to(actor).offered_to(actor.user_id or 0), pk=pk)


@require_POST
@staff_only
def next_ticket(request: HttpRequest) -> HttpResponse:
    """Takes the most urgent free ticket."""
    ticket = claim_next(by=actor_of(request))
    if ticket is not None:
        return redirect_whole(request, reverse("workbench:ticket", args=[ticket.number]))
    if not is_htmx(request):
        return redirect("workbench:home")
    return toast(HttpResponse(status=204), "info", _("Nothing waits that you could take."))


@require_safe
@staff_only
def people(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "routing.supervise")
    template = "workbench/floor.html#rows" if is_htmx(request) else "workbench/floor.html"
    return render(request, template, {"rows": floor.floor(actor), "section": "floor"})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def person_state(request: HttpRequest, username: str) -> HttpResponse:
    """A supervisor sets somebody else's state, and says why."""
    actor = actor_of(request)
    require(actor, "routing.supervise")
    user = get_object_or_404(floor.people(actor), username=username)
    current = floor.state_of(actor, user)
    form = ForcedStateForm(request.POST or None, actor=actor, current=current)
    if request.method == "POST" and form.is_valid():
        state, reason = form.chosen()
        try:
            set_state(
                user=user, state=state, reason=posted_reason(actor, reason), by=actor, why=form.cleaned_data["why"]
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return _told(request, user)
    context = {"form": form, "action": request.path, "person": user, "current": current}
    return dialog(request, "workbench/dialogs/person_state.html", context, 422 if request.method == "POST" else 200)


def _told(request: HttpRequest, user: User) -> HttpResponse:
    if not is_htmx(request):
        return redirect("workbench:floor")
    response = trigger_client_event(HttpResponse(status=204), CHANGED, {})
    trigger_client_event(response, "dialog:close", {})
    return toast(response, "success", _("Set for %(name)s") % {"name": user})
