"""How queues hand out their work."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.core.admin.base import actor_of
from apps.core.permissions import may
from apps.routing.admin.trial import TriedOutAdmin
from apps.routing.forms import OverflowForm, RoutingQueueForm, ShareFormSet
from apps.routing.models import OverflowRow, QueueShare, QueueSkill, RoutingQueue


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
    form = OverflowForm


class QueueShareInline(_PartOfQueue):
    model = QueueShare
    formset = ShareFormSet


@admin.register(RoutingQueue)
class RoutingQueueAdmin(TriedOutAdmin[RoutingQueue]):
    """How queues hand out their work. A queue without a row hands out none."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = RoutingQueueForm
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "queue",
                    "is_automatic",
                    "strategy",
                    "offer_seconds",
                    "misses_in_a_row",
                    "growth_per_minute",
                    "value_weight",
                    "is_learned",
                )
            },
        ),
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
    list_display = ("queue", "rules_page", "is_automatic", "strategy", "offer_seconds", "is_hybrid")
    list_filter = ("is_automatic", "strategy")
    list_select_related = ("queue",)
    autocomplete_fields = ("queue", "senior_team")
    inlines = (QueueSkillInline, OverflowInline, QueueShareInline)

    @admin.display(description=_("rules"))
    def rules_page(self, routing: RoutingQueue) -> SafeString:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            reverse("admin:routing-rules", args=[routing.pk]),
            gettext("Rules"),
        )

    def queue_of(self, obj: RoutingQueue) -> int:
        return obj.queue_id
