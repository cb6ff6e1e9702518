"""Incidents: written down as a form, and looked into on a page of their own."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.compliance.admin.exports import asked_page, reader_of
from apps.compliance.enums import IncidentState
from apps.compliance.models import Incident
from apps.compliance.querysets import MANAGE, READ
from apps.compliance.selectors.breach import head, letters, look_into, rows_of
from apps.compliance.services.breach import KIND
from apps.compliance.services.exports import ask_export
from apps.compliance.services.incidents import close_incident, tell_authority, tell_persons
from apps.core import audit
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.outsourcing.admin.moves import MAX_REASON, Move, carry_out, chosen
from apps.privacy.lens import lens_for

SHOWN: Final = 200
LINK: Final = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>'
TELL_AUTHORITY: Final = Move(
    "authority",
    _("The authority was told"),
    tell_authority,
    _("Say how, and under which number it goes there; or why it need not be told."),
)
TELL_PERSONS: Final = Move(
    "persons", _("The persons were told"), tell_persons, _("Say how, or why they need not be told.")
)
CLOSE: Final = Move("close", _("Close"), close_incident, _("Say what was learnt."))
MOVES: Final = (TELL_AUTHORITY, TELL_PERSONS, CLOSE)


@admin.register(Incident)
class IncidentAdmin(StaffAdmin[Incident]):
    view_code, change_code = READ, MANAGE
    list_display = ("page", "detected_at", "state", "authority", "persons_told_at", "persons_counted")
    list_display_links = None
    list_filter = ("state",)
    ordering = ("-detected_at",)
    autocomplete_fields = ("people",)
    fieldsets = (
        (None, {"fields": ("title", "detected_at", "detected_by", "what_happened")}),
        (
            _("What is asked of the audit trail"),
            {"fields": ("since", "until", "people", "ip", "sign_in", "tickets", "counts_lists")},
        ),
        (_("For the letters"), {"fields": ("consequences", "measures", "advice", "contact")}),
    )

    @admin.display(description=_("incident"))
    def page(self, incident: Incident) -> SafeString:
        address = reverse("admin:incident", args=[incident.pk])
        return format_html(LINK, address, incident.title)

    @admin.display(description=_("authority told"))
    def authority(self, incident: Incident) -> Any:
        if incident.authority_told_at is None and incident.is_overdue:
            return _("overdue")
        return incident.authority_told_at

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_open = not isinstance(obj, Incident) or obj.state == IncidentState.OPEN
        return is_open and super().has_change_permission(request, obj)  # type: ignore[arg-type]  # the base names the model

    def save_model(self, request: HttpRequest, obj: Incident, form: ModelForm[Incident], change: bool) -> None:
        if not change:
            obj.recorded_by = actor_of(request).user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Incident, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:incident", obj.pk)

    def response_change(self, request: HttpRequest, obj: Incident) -> HttpResponse:
        return redirect("admin:incident", obj.pk)


@require_GET
def incident_view(request: HttpRequest, pk: int) -> HttpResponse:
    incident, actor = _incident(request, pk), actor_of(request)
    audit.record_view("incident.viewed", by=actor, subject=incident)
    exposure = look_into(incident)
    persons = [] if exposure is None else exposure.persons
    context = {
        **admin.site.each_context(request),
        "title": incident.title,
        "incident": incident,
        "exposure": exposure,
        "head": head(),
        "rows": list(rows_of(islice(persons, SHOWN), lens_for(actor))),
        "others": sorted(exposure.others.items()) if exposure else [],
        "more": max(0, len(persons) - SHOWN),
        "letters": letters(incident, exposure),
        "moves": _moves(incident) if may(actor, MANAGE) else [],
        "may_export": may(actor, MANAGE) and exposure is not None,
        "max_reason": MAX_REASON,
    }
    return TemplateResponse(request, "admin/compliance/incident.html", context)


def _moves(incident: Incident) -> list[Move]:
    done = {
        TELL_AUTHORITY: incident.authority_told_at,
        TELL_PERSONS: incident.persons_told_at,
        CLOSE: incident.closed_at,
    }
    return [move for move, moment in done.items() if moment is None]


@require_POST
def incident_move_view(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    carry_out(request, chosen(MOVES, move), incident=_incident(request, pk))
    return redirect("admin:incident", pk)


@require_POST
def incident_export_view(request: HttpRequest, pk: int) -> HttpResponse:
    incident = _incident(request, pk)
    return asked_page(request, *ask_export(kind=KIND, question={"incident": incident.pk}, by=actor_of(request)))


def _incident(request: HttpRequest, pk: int) -> Incident:
    incident = Incident.objects.visible_to(reader_of(request)).filter(pk=pk).first()
    if incident is None:
        raise Http404
    return incident


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("incidents/<int:pk>/", incident_view, name="incident")
        site.add_page("incidents/<int:pk>/file/", proven_lately(incident_export_view), name="incident-export")
        site.add_page("incidents/<int:pk>/<slug:move>/", incident_move_view, name="incident-move")
