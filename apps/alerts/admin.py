"""From when on the floor is alarming, and what was alarming."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from apps.alerts.forms import AlertRuleForm
from apps.alerts.models import Alert, AlertChange, AlertRule
from apps.alerts.querysets import CONFIGURE
from apps.alerts.selectors import PLACES
from apps.alerts.words import limit_words, place_of
from apps.channels.models import Channel
from apps.channels.selectors.senders import mailboxes
from apps.core.admin.base import ReadOnlyAdmin, StaffAdmin, actor_of
from apps.core.permissions import may


@admin.register(AlertRule)
class AlertRuleAdmin(StaffAdmin[AlertRule]):
    """One that is not used any more is switched off, so that its history keeps its name."""

    view_code = change_code = CONFIGURE
    form = AlertRuleForm
    list_display = ("key", "name", "measure", "limits", "queue", "vendor", "is_active")
    list_filter = ("is_active", "measure", "vendor")
    list_select_related = ("queue", "vendor")
    search_fields = ("key", "name__zh-hans", "name__en")
    autocomplete_fields = ("queue", "channel", "vendor", "calendar", "people")
    fieldsets = (
        (None, {"fields": ("key", "name", "is_active")}),
        (_("What is alarming"), {"fields": ("measure", "queue", "channel", "vendor", "comparison", "limit", "margin")}),
        (_("When"), {"fields": ("hold_seconds", "quiet_minutes", "calendar")}),
        (_("Who is told"), {"fields": ("ways", "people", "sender")}),
    )

    def get_form(self, request: HttpRequest, obj: AlertRule | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        cast("ModelChoiceField[Channel]", form.base_fields["sender"]).queryset = mailboxes(actor_of(request))
        return form

    @admin.display(description=_("limit"))
    def limits(self, rule: AlertRule) -> str:
        return limit_words(rule)

    def get_readonly_fields(self, request: HttpRequest, obj: AlertRule | None = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()


class AlertChangeInline(TabularInline):
    model = AlertChange
    fields = readonly_fields = ("at", "step", "figure", "by")
    extra = 0
    can_delete = False
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertChange]:
        return AlertChange.objects.visible_to(actor_of(request)).select_related("by")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), CONFIGURE)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    """The history of what crossed its limit."""

    view_code = CONFIGURE
    list_display = ("rule", "place", "state", "figure", "fired_at", "acknowledged_by", "cleared_at")
    list_filter = ("state", "rule")
    list_select_related = ("rule__vendor", "acknowledged_by", *PLACES)
    date_hierarchy = "fired_at"
    fields = (
        "rule", "place", "state", "figure", "since", "fired_at", "acknowledged_by", "acknowledged_at", "cleared_at", "cause",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (AlertChangeInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        rows: Any = super().get_queryset(request)
        found: QuerySet[Alert] = rows.fired()
        return found

    @admin.display(description=_("what of"))
    def place(self, alert: Alert) -> str:
        return place_of(alert)
