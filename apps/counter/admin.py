"""Branches, services and windows. Visits are worked at the window and stand here to nobody."""

from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core import audit
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each
from apps.counter.models import Branch, ServiceType, Window
from apps.sla.forms import time_zone_choices


class BranchForm(ModelForm[Branch]):
    class Meta:
        model = Branch
        fields = ("key", "name", "address", "time_zone", "calendar", "channel", "services", "teams", "is_active")
        widgets = {"time_zone": UnfoldAdminSelectWidget(choices=time_zone_choices())}


@admin.register(ServiceType)
class ServiceTypeAdmin(StaffAdmin[ServiceType]):
    view_code = change_code = "channels.configure"
    list_display = ("prefix", "name", "queue", "category", "usual_minutes", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("queue", "category")
    search_fields = ("key", "name__zh-hans", "name__en")
    autocomplete_fields = ("queue", "category")
    fields = ("key", "name", "prefix", "queue", "category", "usual_minutes", "position", "is_active")
    ordering = ("position", "prefix")


@admin.register(Branch)
class BranchAdmin(StaffAdmin[Branch]):
    view_code = change_code = "channels.configure"
    form = BranchForm
    list_display = ("key", "name", "time_zone", "channel", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("channel",)
    search_fields = ("key", "name__zh-hans", "name__en")
    autocomplete_fields = ("calendar", "teams")
    filter_horizontal = ("services",)
    actions = ("change_kiosk_key",)
    ordering = ("key",)

    def get_fields(self, request: HttpRequest, obj: Branch | None = None) -> Any:
        own = BranchForm.Meta.fields
        return (*own, "kiosk", "display") if obj is not None else own

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> tuple[str, ...]:
        return ("kiosk", "display") if obj is not None else ()

    @admin.display(description=_("kiosk"))
    def kiosk(self, branch: Branch) -> SafeString:
        return _link(reverse("counter:kiosk", args=[branch.kiosk_key]))

    @admin.display(description=_("display"))
    def display(self, branch: Branch) -> SafeString:
        return _link(reverse("counter:display", args=[branch.key]))

    @for_each(_("Give kiosks a new address"), "channels.configure")
    def change_kiosk_key(self, request: HttpRequest, branch: Branch) -> None:
        """The old address draws no more numbers."""
        branch.kiosk_key = token_urlsafe()
        branch.save(update_fields=["kiosk_key", "updated"])
        audit.record("counter.branch.kiosk_key_changed", by=actor_of(request), subject=branch)


@admin.register(Window)
class WindowAdmin(StaffAdmin[Window]):
    view_code = change_code = "channels.configure"
    list_display = ("branch", "label", "agent", "is_active")
    list_filter = ("branch", "is_active")
    list_select_related = ("branch", "agent")
    fields = ("branch", "label", "services", "is_active")
    autocomplete_fields = ("branch",)
    filter_horizontal = ("services",)
    ordering = ("branch__key", "label")


def _link(path: str) -> SafeString:
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}{}</a>', path, settings.SITE_URL, path
    )
