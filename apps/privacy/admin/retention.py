"""Rules of how long what is kept, and what became of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import ReadOnlyAdmin, StaffAdmin, column
from apps.privacy.admin.retention_form import RetentionRuleForm
from apps.privacy.models import RetentionRule, RetentionRun
from apps.privacy.retention import all_scopes, class_of

MANAGE = "accounts.manage"


def _label(row: Any) -> Any:
    found = class_of(row.data_class)
    return row.data_class if found is None else found.label


def _clock(rule: RetentionRule) -> Any:
    found = class_of(rule.data_class)
    return rule.clock if found is None else found.clock(rule.clock).label


def _action(rule: RetentionRule) -> Any:
    found = class_of(rule.data_class)
    return "—" if found is None else found.action.label


WHAT = column("what", _("data"), _label, order="data_class")


@admin.register(RetentionRule)
class RetentionRuleAdmin(ProvenAdmin, StaffAdmin[RetentionRule]):
    view_code = change_code = MANAGE
    may_delete = True
    form = RetentionRuleForm
    list_filter = ("is_active",)
    ordering = ("data_class", "id")
    fieldsets = (
        (None, {"fields": ("data_class", "clock", "days", "is_active")}),
        (_("Only for"), {"fields": ("channel_id", "brand_id", "category_id")}),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        names = {scope.key: dict(scope.choices()) for scope in all_scopes()}

        def only(rule: RetentionRule) -> str:
            told = [names.get(key, {}).get(pk, f"{key} {pk}") for key, pk in rule.scope.items()]
            return ", ".join(told) or gettext("all")

        return (
            WHAT,
            column("only", _("only for"), only),
            "days",
            column("since", _("counted from"), _clock),
            column("then", _("then"), _action),
            "is_active",
            column("look", _("what it does"), _dry_run),
        )


def _dry_run(rule: RetentionRule) -> str:
    address = f"{reverse('admin:retention')}#rule-{rule.pk}"
    return format_html('<a class="underline" href="{}">{}</a>', address, gettext("Dry run"))


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin[RetentionRun]):
    view_code = MANAGE
    list_display = ("started", WHAT, "days", "before", "disposed", "held", "failed", "finished", "last_error")
    list_filter = ("data_class",)
    ordering = ("-id",)
    fields: ClassVar[Any] = (WHAT, "days", "started", "before", "finished", "disposed", "held", "failed", "last_error")
    readonly_fields: ClassVar[Any] = fields
