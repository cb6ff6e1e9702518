"""A vendor and its people on one page, each to be suspended with one press, and let in again."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.clearance import bars_of, words_of_bars
from apps.accounts.models import User, Vendor
from apps.outsourcing.admin.moves import MAX_REASON, Move, carry_out, chosen, reader_of
from apps.outsourcing.models import Contract, QualityWarning
from apps.outsourcing.selectors.duties import duties_missed
from apps.outsourcing.selectors.outlooks import warnings_for
from apps.outsourcing.services.suspending import (
    reinstate_agent,
    reinstate_vendor,
    suspend_agent,
    suspend_vendor,
)

OF_VENDOR: Final = (
    Move(
        "suspension",
        _("Suspend the vendor"),
        suspend_vendor,
        _("All its people are signed out at once, their API tokens end, and their work waits for others."),
    ),
    Move(
        "reinstatement",
        _("Let the vendor in again"),
        reinstate_vendor,
        _("Its people may sign in again, where a contract in force says what they see."),
    ),
)
OF_PERSON: Final = (
    Move("suspension", _("Suspend"), suspend_agent),
    Move("reinstatement", _("Let in again"), reinstate_agent),
)


@require_GET
def vendor_view(request: HttpRequest, pk: int) -> HttpResponse:
    actor = reader_of(request)
    vendor = get_object_or_404(Vendor, pk=pk)
    people = User.objects.visible_to(actor).filter(vendor=vendor).select_related("role").order_by("username")
    contracts = Contract.objects.visible_to(actor).live().filter(vendor=vendor)
    missed = duties_missed(vendor)
    bars = words_of_bars(bars_of(person for person in people if person.is_active))
    context = {
        **admin.site.each_context(request),
        "title": str(vendor.name),
        "vendor": vendor,
        "contracts": contracts,
        "moves": [OF_VENDOR[0 if vendor.is_active else 1]],
        "people": [
            (person, OF_PERSON[0 if person.is_active else 1], bars.get(person.pk, ""), missed.get(person.pk, 0))
            for person in people
        ],
        "warnings": QualityWarning.objects.filter(contract__vendor=vendor, ended__isnull=True).select_related(
            "contract", "user"
        ),
        "terms_in_danger": warnings_for(actor, contracts),
        "max_reason": MAX_REASON,
    }
    return TemplateResponse(request, "admin/outsourcing/vendor.html", context)


@require_POST
def vendor_move_view(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    reader_of(request)
    carry_out(request, chosen(OF_VENDOR, move), vendor=get_object_or_404(Vendor, pk=pk))
    return redirect("admin:vendor-people", pk)


@require_POST
def person_move_view(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    person = User.objects.visible_to(reader_of(request)).filter(pk=pk, vendor__isnull=False).first()
    if person is None:
        raise Http404
    carry_out(request, chosen(OF_PERSON, move), user=person)
    return redirect("admin:vendor-people", person.vendor_id)


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("vendors/<int:pk>/", vendor_view, name="vendor-people")
        site.add_page("vendors/<int:pk>/<slug:move>/", vendor_move_view, name="vendor-move")
        site.add_page("vendors/people/<int:pk>/<slug:move>/", person_move_view, name="vendor-person-move")
