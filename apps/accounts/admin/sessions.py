"""Who is signed in where. A row's id is a hash: it opens nothing."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import StaffSession
from apps.accounts.selectors.sessions import device_of
from apps.accounts.services.sessions import end_session
from apps.core import clock
from apps.core.admin.base import ActionsAdmin, actor_of, for_each


@admin.register(StaffSession)
class StaffSessionAdmin(ActionsAdmin[StaffSession]):
    view_code = change_code = "accounts.manage"
    fields = ("user", "device", "ip", "began", "last_active")
    list_display = ("user", "browser", "ip", "began", "last_active")
    list_filter = ("user__role", "user__vendor")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name", "ip")
    ordering = ("-last_active",)
    actions = ("sign_out",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffSession]:
        return super().get_queryset(request).filter(expire_date__gt=clock.now())

    @admin.display(description=_("device"))
    def browser(self, row: StaffSession) -> str:
        return device_of(row)

    @for_each(_("Sign out there"), "accounts.manage")
    def sign_out(self, request: HttpRequest, row: StaffSession) -> None:
        end_session(session_id=row.pk, by=actor_of(request))
