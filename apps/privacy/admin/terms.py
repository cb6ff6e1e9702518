"""How long the house takes to answer requests about personal data, by law."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import StaffAdmin
from apps.privacy.models import RequestTerm
from apps.privacy.querysets import MANAGE_REQUESTS


@admin.register(RequestTerm)
class RequestTermAdmin(ProvenAdmin, StaffAdmin[RequestTerm]):
    """Without a row: 15 working days and 15 more by PIPL, 30 days and 60 more by GDPR."""

    view_code = change_code = MANAGE_REQUESTS
    may_delete = True
    list_display = ("law", "days", "more_days", "is_working")
    fields = ("law", "days", "more_days", "is_working")
    ordering = ("law",)
