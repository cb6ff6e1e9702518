"""The list of requests about personal data, the most pressing first. What is done with one stands on its own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.core.admin.base import ReadOnlyAdmin, actor_of
from apps.core.clock import now
from apps.privacy.models import DataSubjectRequest
from apps.privacy.querysets import APPROVE_ERASURE, MANAGE_REQUESTS, holds_any
from apps.privacy.selectors.requests import PRESSING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DeadlineFilter(admin.SimpleListFilter):
    title = gettext_lazy("deadline")
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        return [
            ("overdue", gettext_lazy("overdue")),
            ("pressing", gettext_lazy("within five days")),
            ("open", gettext_lazy("not settled")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        limits = {"overdue": now(), "pressing": now() + PRESSING}
        rows = queryset.filter(settled_at=None) if self.value() else queryset
        limit = limits.get(self.value() or "")
        return rows if limit is None else rows.filter(due_at__lte=limit)


@admin.register(DataSubjectRequest)
class DataSubjectRequestAdmin(ReadOnlyAdmin[DataSubjectRequest]):
    view_code = MANAGE_REQUESTS
    list_display = ("reference", "kind", "law", "state", "came_by", "received_at", "due")
    list_filter = (DeadlineFilter, "state", "kind", "law", "came_by")
    filtered_fields = frozenset({DeadlineFilter.parameter_name})
    list_before_template = "admin/privacy/_list_head.html"
    ordering = ("settled_at", "due_at")
    list_display_links = None
    fields = ("reference", "kind", "law", "state", "came_by", "received_at", "due_at", "settled_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds_any(actor_of(request), MANAGE_REQUESTS, APPROVE_ERASURE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=gettext_lazy("reference"))
    def reference(self, row: DataSubjectRequest) -> str:
        return format_html(
            '<a class="underline" href="{}">{}</a>', reverse("admin:privacy-request", args=[row.pk]), row.public_id
        )

    @display(  # type: ignore[untyped-decorator]  # of the library
        description=gettext_lazy("due"), ordering="due_at", label={"danger": "danger", "warning": "warning", "": "info"}
    )
    def due(self, row: DataSubjectRequest) -> tuple[str, str]:
        if not row.is_open:
            return "", _("settled")
        text = localtime(row.due_at).strftime("%Y-%m-%d")
        tone = row.tone(now())
        return tone, format_html("{} · {}", text, _("overdue")) if tone == "danger" else text
