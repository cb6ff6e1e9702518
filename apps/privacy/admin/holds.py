"""Legal holds: what must be kept, why, and until when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.privacy.holds import find_target, title_of
from apps.privacy.models import HoldTarget, LegalHold
from apps.privacy.querysets import MANAGE_HOLDS


class HoldTargetForm(ModelForm[HoldTarget]):
    """Names a thing as people do, and keeps its id."""

    named = forms.CharField(
        label=gettext_lazy("reference"),
        max_length=60,
        help_text=gettext_lazy("The reference of a customer, the number of a ticket, the key of a brand."),
    )

    class Meta:
        model = HoldTarget
        fields = ("kind", "named")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["named"].initial = title_of(self.instance.kind, self.instance.object_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        found = find_target(str(cleaned.get("kind", "")), str(cleaned.get("named", "")))
        if found is None:
            raise ValidationError({"named": _("There is nothing of that kind with this reference.")})
        self.instance.object_id = found
        return cleaned


class HoldTargetInline(TabularInline):
    model = HoldTarget
    form = HoldTargetForm
    extra = 1
    tab = False

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), MANAGE_HOLDS)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _may


@admin.register(LegalHold)
class LegalHoldAdmin(ProvenAdmin, StaffAdmin[LegalHold]):
    """Released by its date, never deleted: that there was one is part of the record."""

    view_code = change_code = MANAGE_HOLDS
    list_display = ("__str__", "starts_at", "ends_at", "released_at", "created_by")
    list_select_related = ("created_by",)
    fields = ("reason", "starts_at", "ends_at", "released_at")
    inlines = (HoldTargetInline,)
    ordering = ("-id",)

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = actor_of(request).user
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            targets = [[row.kind, row.object_id] for row in form.instance.targets.all()]
            self.record(request, form.instance, "targets_changed", targets=targets)
