"""What was shown in the clear, for those who audit; and what roles may see and take off the screen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import ModelForm, ReadOnlyAdmin, StaffAdmin, actor_of, column
from apps.privacy import people
from apps.privacy.enums import FieldClass
from apps.privacy.lens import Lens, lens_for
from apps.privacy.models import Reveal, RevealPolicy, ScreenPolicy
from apps.privacy.revealing import record_label

RECORD = column("record", _("record"), lambda row: f"{record_label(row.kind)} {row.record_id}", order="kind")


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin[Reveal]):
    """Which masked value was shown to whom, and why. The value itself is not kept."""

    view_code = "audit.view"
    list_display = ("created", "user", RECORD, "field_class", "reason_kind", "state", "decided_by", "is_unusual")
    list_filter = (
        "state",
        "field_class",
        "reason_kind",
        "is_unusual",
        "user__vendor",
        ("created", RangeDateTimeFilter),
    )
    list_select_related = ("user", "decided_by")
    search_fields = ("=user__username",)
    search_help_text = _("The sign-in name of who was shown something.")
    filtered_fields = frozenset({"user", "customer_id"})
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Reveal | None = None) -> Any:
        lens = _lens_over(obj, lens_for(actor_of(request))).for_staff_texts
        return (
            "created", "user", RECORD, "field", "field_class", "reason_kind",
            column("given_reason", _("reason"), lambda row: lens.text(row.reason)),
            "state", "decided_by", "decided_at",
            column("given_decision", _("why so decided"), lambda row: lens.text(row.decision) or "—"),
            "shown_at", "until", "is_unusual",
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Reveal | None = None) -> Any:
        return self.get_fields(request, obj)


def _lens_over(row: Reveal | None, lens: Lens) -> Lens:
    """As strict as for whom it was revealed of."""
    asks = row is not None and row.customer_id is not None and not lens.sees_minors
    return lens.of(bool(asks and row and people.directory().minors([row.customer_id or 0])))


class RevealPolicyForm(ModelForm[RevealPolicy]):
    approval_classes = forms.MultipleChoiceField(
        label=capfirst(_("only with approval")),
        choices=[choice for choice in FieldClass.choices if choice[0] != FieldClass.FREE_TEXT],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Somebody in the house with the permission to approve reveals decides each time."),
    )

    class Meta:
        model = RevealPolicy
        fields = (
            "role",
            "per_hour",
            "per_day",
            "seconds",
            "alarm_per_day",
            "approval_classes",
            "approval_minutes",
        )


@admin.register(RevealPolicy)
class RevealPolicyAdmin(ProvenAdmin, StaffAdmin[RevealPolicy]):
    """How many masked values a role's people may be shown, for how long, and which only with approval."""

    view_code = change_code = "accounts.manage"
    may_delete = True
    form = RevealPolicyForm
    list_display = ("role", "per_hour", "per_day", "seconds", "alarm_per_day", "approval_minutes")
    list_select_related = autocomplete_fields = ("role",)


@admin.register(ScreenPolicy)
class ScreenPolicyAdmin(ProvenAdmin, StaffAdmin[ScreenPolicy]):
    """What a role's people may take off the screen: a deterrent, no lock."""

    view_code = change_code = "accounts.manage"
    may_delete = True
    list_display = ("role", "has_watermark", "may_copy", "most_copied", "may_print")
    list_select_related = autocomplete_fields = ("role",)
