from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.channels.models import BlockedSender
from apps.core.admin.base import ReadOnlyAdmin, actor_of, column
from apps.privacy.lens import lens_for


@admin.register(BlockedSender)
class BlockedSenderAdmin(ReadOnlyAdmin[BlockedSender]):
    """Whose input is kept and opens nothing. Blocked and unblocked on the desk, from a ticket."""

    view_code = "channels.view_health"
    list_filter = ("kind",)
    list_select_related = ("blocked_by",)
    ordering = ("-id",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        lens = lens_for(actor_of(request))
        shown = column("shown_value", _("value"), lambda row: lens.value(row.kind, row.value))
        return [shown, "kind", "blocked_by", "created", "lifted_at"]

    def get_fields(self, request: HttpRequest, obj: BlockedSender | None = None) -> list[Any]:
        return self.get_list_display(request)

    def get_readonly_fields(self, request: HttpRequest, obj: BlockedSender | None = None) -> list[Any]:
        return self.get_list_display(request)
