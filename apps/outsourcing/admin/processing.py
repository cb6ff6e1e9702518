"""The record of processing of a contract, its assessments, and what is confirmed at its end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.admin_site import StaffSite
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each
from apps.core.clock import now
from apps.core.errors import AppError
from apps.outsourcing.admin.moves import reader_of
from apps.outsourcing.enums import AssessmentState, ContractState
from apps.outsourcing.models import Contract, ImpactAssessment
from apps.outsourcing.querysets import MANAGE
from apps.outsourcing.selectors.processing import endings_of, kinds_of, measures, record_of
from apps.outsourcing.services.processing import approve_assessment, confirm_end, refuse_assessment
from apps.privacy.enums import FieldClass


class AssessmentForm(ModelForm[ImpactAssessment]):
    data_categories = forms.MultipleChoiceField(
        label=capfirst(gettext_lazy("kinds of personal data")),
        choices=FieldClass.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = ImpactAssessment
        fields = ("contract", "data_categories", "necessity", "risks", "measures", "risk", "valid_until")


@admin.register(ImpactAssessment)
class ImpactAssessmentAdmin(StaffAdmin[ImpactAssessment]):
    """What was decided upon stays as it is; nothing is deleted."""

    view_code = change_code = MANAGE
    form = AssessmentForm
    list_display = ("contract", "risk", "state", "valid_until", "written_by", "decided_by")
    list_filter = ("state", "risk")
    list_select_related = ("contract", "written_by", "decided_by")
    autocomplete_fields = ("contract",)
    ordering = ("-id",)
    actions = ("approve", "refuse")

    def has_change_permission(self, request: HttpRequest, obj: ImpactAssessment | None = None) -> bool:
        is_open = obj is None or obj.state == AssessmentState.DRAFT
        return is_open and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: ImpactAssessment, form: ModelForm[ImpactAssessment], change: bool
    ) -> None:
        if not change:
            obj.written_by = actor_of(request).user
        super().save_model(request, obj, form, change)

    @for_each(gettext_lazy("Approve"), MANAGE)
    def approve(self, request: HttpRequest, row: ImpactAssessment) -> None:
        approve_assessment(assessment=row, by=actor_of(request))

    @for_each(gettext_lazy("Refuse"), MANAGE)
    def refuse(self, request: HttpRequest, row: ImpactAssessment) -> None:
        refuse_assessment(assessment=row, by=actor_of(request))


@require_GET
def processing_view(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    endings = endings_of(contract)
    context = {
        **admin.site.each_context(request),
        "title": _("Record of processing: %(contract)s") % {"contract": contract},
        "contract": contract,
        "record": list(record_of(contract)),
        "kinds": kinds_of(contract),
        "measures": measures(),
        "assessments": contract.assessments.select_related("decided_by"),
        "endings": endings,
        "is_ended": contract.state == ContractState.ENDED,
        "is_complete": all(ending.done for ending in endings),
        "made": now(),
    }
    return TemplateResponse(request, "admin/outsourcing/processing.html", context)


@require_POST
def ending_view(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    contract, said = _contract(request, pk), request.POST
    try:
        confirm_end(
            contract=contract,
            step=step,
            declared_by=said.get("declared_by", ""),
            note=said.get("note", ""),
            by=actor_of(request),
        )
    except AppError as refusal:
        messages.error(request, refusal.told())
    return redirect("admin:contract-processing", pk)


def _contract(request: HttpRequest, pk: int) -> Contract:
    contract = Contract.objects.visible_to(reader_of(request)).whole().filter(pk=pk).first()
    if contract is None:
        raise Http404
    return contract


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("contracts/<int:pk>/processing/", processing_view, name="contract-processing")
        site.add_page("contracts/<int:pk>/processing/<slug:step>/", ending_view, name="contract-ending")
