"""What managers say about the floor, and the log of who was what."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin.base import ReadOnlyAdmin, StaffAdmin
from apps.routing.models import AgentStateChange, BreakReason, CapacityRule


@admin.register(BreakReason)
class BreakReasonAdmin(StaffAdmin[BreakReason]):
    """Why somebody may be on a break. One that is not used any more is switched off; the log keeps its name."""

    view_code = change_code = "channels.configure"
    list_display = ("name", "key", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")


@admin.register(CapacityRule)
class CapacityRuleAdmin(StaffAdmin[CapacityRule]):
    """How many pieces of a kind fill somebody. A person's rule counts before the role's, that before everybody's."""

    view_code = change_code = "channels.configure"
    may_delete = True
    fields = ("kind", "at_most", "role", "user")
    list_display = ("kind", "at_most", "role", "user")
    list_filter = ("kind", "role")
    list_select_related = ("role", "user")
    autocomplete_fields = ("role", "user")


@admin.register(AgentStateChange)
class AgentStateChangeAdmin(ReadOnlyAdmin[AgentStateChange]):
    """For adherence: who was what, from when, and what brought it about."""

    view_code = "accounts.manage"
    list_display = ("created", "user", "state", "reason", "cause", "by")
    list_filter = ("state", "cause", "user")
    list_select_related = ("user", "reason", "by")
    date_hierarchy = "created"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
