"""What the contract asks of one of a vendor's people, and how it stands: the house ticks and certifies here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.models import Skill, User
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.permissions import may
from apps.outsourcing.admin.moves import reader_of
from apps.outsourcing.models import OnboardingStep
from apps.outsourcing.people_forms import CertificateForm
from apps.outsourcing.rules import CERTIFY
from apps.outsourcing.selectors.clearance import standing_of
from apps.outsourcing.services import clearing


@require_GET
def person_view(request: HttpRequest, pk: int) -> HttpResponse:
    actor = reader_of(request)
    person = _person(actor, pk)
    context = {
        **admin.site.each_context(request),
        "title": str(person),
        "person": person,
        "standing": standing_of(person),
        "may_certify": may(actor, CERTIFY),
    }
    return TemplateResponse(request, "admin/outsourcing/person.html", context)


@require_POST
def step_view(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    actor = _certifier(request)
    person, row = _person(actor, pk), get_object_or_404(OnboardingStep.objects.visible_to(actor), pk=step)
    act = clearing.untick_step if request.POST.get("to") == "open" else clearing.tick_step
    _told(request, act, step=row, user=person, by=actor)
    return redirect("admin:vendor-person", pk)


@require_POST
def certificate_view(request: HttpRequest, pk: int, skill: str) -> HttpResponse:
    actor = _certifier(request)
    person, row = _person(actor, pk), get_object_or_404(Skill.objects.visible_to(actor), key=skill)
    form = CertificateForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        _told(request, clearing.certify_agent, user=person, skill=row, **values, by=actor)
    else:
        messages.error(request, _("Choose a level and a day."))
    return redirect("admin:vendor-person", pk)


def _person(actor: Actor, pk: int) -> User:
    return get_object_or_404(User.objects.visible_to(actor).filter(vendor__isnull=False), pk=pk)


def _certifier(request: HttpRequest) -> Actor:
    actor = reader_of(request)
    if not may(actor, CERTIFY):
        raise PermissionDenied
    return actor


def _told(request: HttpRequest, act: Any, **what: Any) -> None:
    try:
        act(**what)
    except AppError as refusal:
        messages.error(request, refusal.told())
    else:
        messages.success(request, _("Saved. It holds for the next piece of work."))


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("vendors/person/<int:pk>/", person_view, name="vendor-person")
        site.add_page("vendors/person/<int:pk>/steps/<int:step>/", step_view, name="vendor-person-step")
        site.add_page(
            "vendors/person/<int:pk>/certificates/<slug:skill>/", certificate_view, name="vendor-person-certificate"
        )
