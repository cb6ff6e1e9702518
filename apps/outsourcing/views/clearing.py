"""A vendor's manager ticks what on-boarding asks for, and certifies where the contract lets them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.middleware import actor_of
from apps.accounts.models import Skill, User
from apps.core.actor import Actor
from apps.core.errors import AppError, NotVisible
from apps.core.htmx import toast_there
from apps.outsourcing.models import OnboardingStep
from apps.outsourcing.people_forms import CertificateForm
from apps.outsourcing.selectors.people import own_people
from apps.outsourcing.services import clearing

Act = Callable[..., None]


def _pressed(act: Act) -> Callable[..., HttpResponse]:
    @require_POST
    @login_required
    @wraps(act)
    def press(request: HttpRequest, username: str, **which: str) -> HttpResponse:
        actor = actor_of(request)
        user = get_object_or_404(own_people(actor), username=username)
        try:
            act(request, actor, user, **which)
        except NotVisible:
            raise
        except AppError as refusal:
            messages.error(request, refusal.told())
        return redirect("outsourcing:person", username)

    return press


@_pressed
def step(request: HttpRequest, actor: Actor, user: User, pk: str) -> None:
    row = get_object_or_404(OnboardingStep.objects.visible_to(actor), pk=pk)
    act = clearing.untick_step if request.POST.get("to") == "open" else clearing.tick_step
    act(step=row, user=user, by=actor)


@_pressed
def certificate(request: HttpRequest, actor: Actor, user: User, skill: str) -> None:
    row = get_object_or_404(Skill.objects.visible_to(actor), key=skill)
    form = CertificateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a level and a day."))
        return
    values = form.cleaned_data
    clearing.certify_agent(user=user, skill=row, level=values["level"], until=values["until"], by=actor)
    toast_there(request, _("Certified. It holds for the next piece of work."))
