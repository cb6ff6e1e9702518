"""What managers say about the floor, and the log of who was what."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.core.admin.base import ReadOnlyAdmin, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.routing.models import (
    AgentStateChange,
    BreakReason,
    CapacityRule,
    OverflowRow,
    QueueShare,
    QueueSkill,
    RoutingQueue,
)


class _PartOfQueue(TabularInline):
    """Rows of a queue's routing, for whoever may change it."""

    extra = 0
    tab = False

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), "channels.configure")

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _may


class QueueSkillInline(_PartOfQueue):
    model = QueueSkill


class OverflowInline(_PartOfQueue):
    model = OverflowRow


class QueueShareInline(_PartOfQueue):
    model = QueueShare


@admin.register(RoutingQueue)
class RoutingQueueAdmin(StaffAdmin[RoutingQueue]):
    """How queues hand out their work. A queue without a row hands out none."""

    view_code = change_code = "channels.configure"
    may_delete = True
    fieldsets = (
        (None, {"fields": ("queue", "is_automatic", "strategy", "offer_seconds", "growth_per_minute", "value_weight")}),
        (
            _("House and vendors"),
            {
                "fields": (
                    "is_hybrid",
                    "senior_from",
                    "senior_team",
                    "overload_percent",
                    "overload_wait",
                    "failed_attempts",
                )
            },
        ),
    )
    list_display = ("queue", "is_automatic", "strategy", "offer_seconds", "is_hybrid")
    list_filter = ("is_automatic", "strategy")
    list_select_related = ("queue",)
    autocomplete_fields = ("queue", "senior_team")
    inlines = (QueueSkillInline, OverflowInline, QueueShareInline)


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
