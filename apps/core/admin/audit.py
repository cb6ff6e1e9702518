from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core.admin.base import ReadOnlyAdmin, column
from apps.core.models import AuditEntry

WHEN = column("when", _("when"), lambda row: row.created, order="created")
ACTION = column("what_was_done", _("action"), lambda row: row.action, order="action")
WHO = column(
    "who",
    _("who"),
    lambda row: f"{row.get_actor_kind_display()} {row.actor_user_id or ''}".strip(),
    order="actor_user_id",
)
FACE = column("through", _("through"), lambda row: row.get_face_display(), order="face")
SUBJECT = column(
    "subject", _("what"), lambda row: f"{row.subject_type} {row.subject_id or ''}".strip(), order="subject_type"
)
RESULT = column("outcome", _("result"), lambda row: row.result, order="result")
TOKEN = column("token", _("API token"), lambda row: row.token_id or "—")
ADDRESS = column("address", _("network address"), lambda row: row.ip or "—")
REASON = column("given_reason", _("reason"), lambda row: row.reason or "—")
DETAILS = column("told_details", _("details"), lambda row: row.details or "—")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who read, revealed, exported or changed what. Rows name persons by number; an entry's page shows its details."""

    view_code = "audit.view"
    list_display = (WHEN, ACTION, WHO, FACE, SUBJECT, RESULT)
    list_filter = ("face", "actor_kind", "result", ("created", RangeDateTimeFilter))
    filtered_fields = frozenset({"subject_type", "subject_id", "action", "actor_user_id"})
    ordering = ("-created", "-id")
    search_fields = ("=action", "=subject_type")
    search_help_text = _("An action such as accounts.user.changed, or a kind of record such as tickets.ticket.")
    fields: ClassVar[Any] = (WHEN, ACTION, RESULT, SUBJECT, WHO, TOKEN, FACE, ADDRESS, REASON, DETAILS)
    readonly_fields: ClassVar[Any] = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        # Partitioned by month: the newest first comes from the index on `created`.
        return super().get_queryset(request).defer("reason", "details")
