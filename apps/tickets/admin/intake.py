from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.base import ModelForm, StaffAdmin
from apps.core.fields.translated import TranslatedTextWidget
from apps.tickets.admin.vocabulary import RequiredOnResolve
from apps.tickets.models import IntakeRule


class IntakeRuleForm(ModelForm[IntakeRule]):
    required_on_resolve = RequiredOnResolve()

    class Meta:
        model = IntakeRule
        fields = (
            "channel",
            "queue",
            "category",
            "team",
            "priority",
            "type",
            "reopen_days",
            "acknowledge",
            "acknowledgement",
            "required_on_resolve",
        )
        widgets = {"acknowledgement": TranslatedTextWidget(base=UnfoldAdminTextareaWidget)}


@admin.register(IntakeRule)
class IntakeRuleAdmin(StaffAdmin[IntakeRule]):
    """What a channel leads to. Without a rule its input waits in the inbox."""

    view_code = change_code = "channels.configure"
    form = IntakeRuleForm
    list_display = ("channel", "queue", "category", "team", "priority", "type", "acknowledge")
    list_filter = ("queue", "acknowledge")
    list_select_related = ("channel", "queue", "category", "team")
    autocomplete_fields = ("channel", "queue", "category", "team")
    ordering = ("channel__key",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("channel",) if obj is not None else ()
