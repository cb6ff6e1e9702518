"""A vendor's manager looks after their own company's people. Links by which somebody enters are shown this once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.errors import ShutOutByHouse
from apps.accounts.middleware import actor_of
from apps.accounts.proof import proven_lately
from apps.core.actor import Actor
from apps.core.errors import AppError, InvalidInput, NotVisible, TooMany
from apps.core.htmx import toast_there
from apps.outsourcing.people_forms import AgentForm, InvitationForm, OwnForm
from apps.outsourcing.rules import company_of
from apps.outsourcing.selectors.clearance import standing_of
from apps.outsourcing.selectors.people import AgentRow, agent_rows, mailbox_of, room_of
from apps.outsourcing.services import people as services

SECTION: Final = "our-agents"


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    context = {"section": SECTION, "company": company_of(actor), "rows": agent_rows(actor), "room": room_of(actor)}
    return render(request, "outsourcing/people.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@proven_lately
def person_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    company_of(actor)
    form = InvitationForm(request.POST or None, actor=actor, initial={"language": settings.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        try:
            invited = services.invite_agent(**form.values(), by=actor)
        except InvalidInput as refusal:
            form.show(refusal)
        except TooMany:
            raise
        except AppError as refusal:
            form.add_error(None, refusal.told())
        else:
            return _link_page(request, invited)
    status = 422 if request.method == "POST" else 200
    return render(request, "outsourcing/person_new.html", {"section": SECTION, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person(request: HttpRequest, username: str) -> HttpResponse:
    actor = actor_of(request)
    row = _row(actor, username)
    kind = OwnForm if row.is_self else AgentForm
    form = kind(request.POST or None, actor=actor, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_agent(user=row.user, by=actor, **form.values())
        except InvalidInput as refusal:
            form.show(refusal)
        except ShutOutByHouse as refusal:
            form.add_error(None, refusal.told())
        else:
            toast_there(request, _("Saved."))
            return redirect("outsourcing:person", username)
    context = {
        "section": SECTION,
        "row": row,
        "form": form,
        "standing": standing_of(row.user),
        "can_mail": bool(row.user.email) and mailbox_of(row.user.vendor_id) is not None,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "outsourcing/person.html", context, status=status)


def _initial(row: AgentRow) -> dict[str, object]:
    user = row.user
    return {
        "display_name": user.display_name,
        "email": user.email,
        "language": user.language,
        "role": user.role.key if user.role else "",
        "teams": list(row.team_keys),
    }


def _move(act: Callable[..., object], done: Callable[[], str]) -> Callable[..., HttpResponseBase]:
    """One press, about somebody else of the own company."""

    @require_POST
    @login_required
    @proven_lately
    def press(request: HttpRequest, username: str) -> HttpResponse:
        actor = actor_of(request)
        user = _row(actor, username).user
        try:
            act(user=user, by=actor)
        except NotVisible:
            raise
        except AppError as refusal:
            messages.error(request, refusal.told())
        else:
            toast_there(request, done())
        return redirect("outsourcing:person", username)

    return press


suspension = _move(services.switch_agent_off, lambda: _("Switched off. What they held waits for others."))
reinstatement = _move(services.switch_agent_on, lambda: _("Switched on again."))
factor_reset = _move(services.reset_factor, lambda: _("They set up a second factor when they sign in next."))
sign_out = _move(services.sign_agent_out, lambda: _("Signed out everywhere."))


@never_cache
@require_POST
@login_required
@proven_lately
def link(request: HttpRequest, username: str) -> HttpResponse:
    """A new password: the old one opens nothing any more."""
    actor = actor_of(request)
    user, by_mail = _row(actor, username).user, "by_mail" in request.POST
    try:
        invited = services.renew_link(user=user, by=actor, by_mail=by_mail)
    except InvalidInput as refusal:
        messages.error(request, refusal.told())
        return redirect("outsourcing:person", username)
    return _link_page(request, invited)


def _link_page(request: HttpRequest, invited: services.Invited) -> HttpResponse:
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    context = {
        "section": SECTION,
        "person": invited.user,
        "link": f"{settings.SITE_URL}{invited.link}" if invited.link else "",
        "hours": hours,
    }
    return render(request, "outsourcing/link.html", context)


def _row(actor: Actor, username: str) -> AgentRow:
    found = agent_rows(actor, username)
    if not found:
        raise NotVisible
    return found[0]
