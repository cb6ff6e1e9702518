"""The text of contracts. What is decided about one stands on its own page (`standing`)."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.accounts.proof import ProvenAdmin
from apps.channels.models import Channel
from apps.channels.selectors.senders import mailboxes
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.outsourcing.admin.moves import MAX_REASON
from apps.outsourcing.admin.standing import moves_of
from apps.outsourcing.enums import ContractState
from apps.outsourcing.forms import ContractForm, ContractSkillForm, DeductionStepForm, OnboardingStepForm, SlaTermForm
from apps.outsourcing.models import Contract, ContractSkill, DeductionStep, OnboardingStep, SlaTerm
from apps.outsourcing.querysets import MANAGE
from apps.outsourcing.services.granting import settle


class _PartInline(TabularInline):
    """What belongs to a contract and stands in rows of its own."""

    extra = 0
    tab = False

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), MANAGE)

    has_view_permission = _may

    def _may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request) and (obj is None or obj.state != ContractState.ENDED)

    has_add_permission = has_change_permission = has_delete_permission = _may_write


class SlaTermInline(_PartInline):
    model = SlaTerm
    form = SlaTermForm
    autocomplete_fields = ("channel",)


class DeductionStepInline(_PartInline):
    """Terms that are saved already can be chosen."""

    model = DeductionStep
    form = DeductionStepForm

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "term" and request.resolver_match is not None:
            contract_id = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = SlaTerm.objects.visible_to(actor_of(request)).filter(contract=contract_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ContractSkillInline(_PartInline):
    model = ContractSkill
    form = ContractSkillForm
    autocomplete_fields = ("skill",)


class OnboardingStepInline(_PartInline):
    model = OnboardingStep
    form = OnboardingStepForm


@admin.register(Contract)
class ContractAdmin(ProvenAdmin, StaffAdmin[Contract]):
    view_code = change_code = MANAGE
    form = ContractForm
    inlines = (SlaTermInline, DeductionStepInline, ContractSkillInline, OnboardingStepInline)
    list_display = ("number", "name", "vendor", "starts_on", "ends_on", "decide")
    list_filter = ("state", "vendor")
    list_select_related = ("vendor",)
    search_fields = ("number", "name__zh-hans", "name__en", "vendor__key")
    autocomplete_fields = ("vendor", "queues", "channels", "categories", "calendar", "sender", "tags", "snippets")
    fieldsets = (
        (None, {"fields": ("number", "name", "vendor", "decide")}),
        (_("Period"), {"fields": ("starts_on", "ends_on", "time_zone", "calendar")}),
        (
            _("What the vendor sees"),
            {"fields": ("queues", "channels", "categories", "covers_all_categories", "share_percent")},
        ),
        (_("The vendor's people"), {"fields": ("most_people", "sender", "vendor_certifies", "remind_days")}),
        (
            _("Duties"),
            {
                "fields": (
                    "hours_only",
                    "tags",
                    "tags_rule",
                    "snippets",
                    "snippets_rule",
                    "quality_floor",
                    "least_ratings",
                )
            },
        ),
        (_("Price"), {"fields": ("price", "currency", "priced_by", "deduction_cap")}),
        (_("Record of processing"), {"fields": ("purpose", "data_categories", "afterwards")}),
    )

    def get_form(self, request: HttpRequest, obj: Contract | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "sender" in form.base_fields:
            cast("ModelChoiceField[Channel]", form.base_fields["sender"]).queryset = mailboxes(actor_of(request))
        return form

    change_form_outer_before_template = "admin/outsourcing/_decide.html"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        contract = kwargs.get("obj")
        moves = moves_of(contract) if contract is not None and may(actor_of(request), MANAGE) else []
        return super().render_change_form(
            request, {**context, "moves": moves, "max_reason": MAX_REASON}, *args, **kwargs
        )

    @admin.display(description=_("state"))
    def decide(self, contract: Contract) -> str:
        if contract._state.adding:
            return "-"
        link = reverse("admin:contract", args=[contract.pk])
        return format_html('<a href="{}">{}: {}</a>', link, contract.get_state_display(), _("state and grants"))

    def get_readonly_fields(self, request: HttpRequest, obj: Contract | None = None) -> tuple[str, ...]:
        """What grants were given by must not turn into another vendor's."""
        return ("decide",) if obj is None or obj.state == ContractState.DRAFT else ("decide", "number", "vendor")

    def has_change_permission(self, request: HttpRequest, obj: Contract | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state != ContractState.ENDED)

    def has_delete_permission(self, request: HttpRequest, obj: Contract | None = None) -> bool:
        """A draft bound nobody yet."""
        return obj is not None and obj.state == ContractState.DRAFT and self.has_change_permission(request, obj)

    def save_related(self, request: HttpRequest, form: ModelForm[Contract], formsets: Any, change: bool) -> None:
        """What is opened stands in tables of its own, which are written only here."""
        with transaction.atomic():
            super().save_related(request, form, formsets, change)
            self._record_terms(request, form.instance, formsets)
            settle(form.instance.vendor_id, by=actor_of(request))

    def _record_terms(self, request: HttpRequest, contract: Contract, formsets: Any) -> None:
        if any(formset.has_changed() for formset in formsets):
            terms = [[row.measure, row.channel_id, row.bound, row.threshold] for row in contract.terms.all()]
            skills = [[row.skill.key, row.least_level, row.needs_certificate] for row in contract.skills.all()]
            steps = [[str(row), row.is_for_house] for row in contract.steps.all()]
            self.record(request, contract, "terms_changed", terms=terms, skills=skills, steps=steps)
