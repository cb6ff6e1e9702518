from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core.admin.base import ReadOnlyAdmin
from apps.core.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who read, revealed, exported or changed what. Rows name persons by number; an entry's page shows its details."""

    view_code = "audit.view"
    list_display = ("created", "action", "who", "face", "subject", "result")
    list_filter = ("face", "actor_kind", "result", ("created", RangeDateTimeFilter))
    filtered_fields = frozenset({"subject_type", "subject_id", "action", "actor_user_id"})
    ordering = ("-created", "-id")
    search_fields = ("=action", "=subject_type")
    search_help_text = _("An action such as accounts.user.changed, or a kind of record such as tickets.ticket.")
    fields = (
        "created",
        "action",
        "result",
        "subject",
        "who",
        "token_id",
        "face",
        "ip",
        "reason",
        "details",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        # Partitioned by month: the newest first comes from the index on `created`.
        return super().get_queryset(request).defer("reason", "details")

    @admin.display(description=_("who"), ordering="actor_user_id")
    def who(self, entry: AuditEntry) -> str:
        return f"{entry.get_actor_kind_display()} {entry.actor_user_id or ''}".strip()

    @admin.display(description=_("what"), ordering="subject_type")
    def subject(self, entry: AuditEntry) -> str:
        return f"{entry.subject_type} {entry.subject_id or ''}".strip()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(self.fields)
