"""Letting people in who help the house, and what came of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each
from apps.outsourcing.models import SupportAccess
from apps.outsourcing.models.support import MOST_HOURS
from apps.outsourcing.services.support import end_access, give_access


class SupportAccessForm(ModelForm[SupportAccess]):
    hours = forms.IntegerField(
        label=capfirst(_("hours")),
        min_value=1,
        max_value=MOST_HOURS,
        initial=4,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("From now on; at most 72."),
    )

    class Meta:
        model = SupportAccess
        fields = ("vendor", "queues", "channels", "reason", "may_write")


@admin.register(SupportAccess)
class SupportAccessAdmin(ProvenAdmin, StaffAdmin[SupportAccess]):
    """Given here, never changed: what was given otherwise is ended and given anew."""

    view_code = change_code = "accounts.manage"
    form = SupportAccessForm
    fields = ("vendor", "queues", "channels", "hours", "reason", "may_write")
    list_display = ("vendor", "reason", "may_write", "starts_at", "ends_at", "ended_at", "given_by", "what_was_done")
    list_select_related = ("vendor", "given_by")
    list_filter = ("vendor", "may_write")
    autocomplete_fields = ("queues", "channels")
    ordering = ("-starts_at",)
    actions = ("end_at_once",)

    def has_change_permission(self, request: HttpRequest, obj: SupportAccess | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: SupportAccess | None = None) -> Any:
        if obj is None:
            return self.fields
        return (
            "vendor",
            "queues",
            "channels",
            "reason",
            "may_write",
            "starts_at",
            "ends_at",
            "ended_at",
            "what_was_done",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: SupportAccess | None = None) -> tuple[str, ...]:
        return () if obj is None else ("starts_at", "ends_at", "ended_at", "what_was_done")

    def save_model(self, request: HttpRequest, obj: SupportAccess, form: Any, change: bool) -> None:
        row = give_access(**form.cleaned_data, by=actor_of(request))
        obj.pk, obj._state.adding = row.pk, False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Queues and channels were written with the rest."""

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("vendor__users")

    @admin.display(description=_("what was done"))
    def what_was_done(self, row: SupportAccess) -> str:
        """The trail of each of their people."""
        trail = reverse("admin:core_auditentry_changelist")
        return format_html_join(
            ", ", '<a href="{}?q={}">{}</a>', ((trail, user.username, user) for user in row.vendor.users.all())
        )

    @for_each(_("End at once"), "accounts.manage")
    def end_at_once(self, request: HttpRequest, row: SupportAccess) -> None:
        end_access(access=row, by=actor_of(request))
