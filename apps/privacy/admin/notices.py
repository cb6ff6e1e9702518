"""What people are told about their data, version by version."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin.base import StaffAdmin
from apps.core.clock import now
from apps.privacy.models import PrivacyNotice


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(StaffAdmin[PrivacyNotice]):
    """A version that was in force is not changed any more: people have read it. Add the next one."""

    view_code = change_code = "channels.configure"
    list_display = ("__str__", "brand", "version", "needs_consent", "covers_vendors", "valid_from")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    fields = ("brand", "version", "text", "covers", "needs_consent", "covers_vendors", "valid_from")
    ordering = ("brand", "-version")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.valid_from > now())
