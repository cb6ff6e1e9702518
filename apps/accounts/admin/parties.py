"""Roles, teams, vendors, brands."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.enums import SecondFactorRule
from apps.accounts.models import Brand, Role, Team, Vendor
from apps.accounts.proof import ProvenAdmin
from apps.accounts.services.grants import kept_among
from apps.accounts.services.vendors import close_vendor, open_vendor
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each, permission_choices


class RoleForm(ModelForm[Role]):
    permissions = forms.MultipleChoiceField(
        label=capfirst(_("permissions")),
        choices=permission_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Role
        fields = ("key", "name", "is_outsourced", "second_factor", "idle_minutes", "session_hours", "permissions")


@admin.register(Role)
class RoleAdmin(ProvenAdmin, StaffAdmin[Role]):
    """What people may do. Which tickets they may do it to is granted to their teams."""

    view_code = change_code = "accounts.manage"
    form = RoleForm
    list_display = ("key", "name", "is_outsourced", "second_factor", "people", "without_factor")
    search_fields = ("key", "name__zh-hans", "name__en")
    actions = ("ask_for_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        bare = Q(users__is_active=True, users__totp_factor__confirmed__isnull=True, users__security_keys__isnull=True)
        people = Count("users", filter=bare, distinct=True)
        return super().get_queryset(request).annotate(people_count=Count("users", distinct=True), without=people)

    @admin.display(description=_("without a second factor"), ordering="without")
    def without_factor(self, role: Any) -> str:
        """Leads to them."""
        if not role.without:
            return "0"
        address = reverse("admin:accounts_user_changelist")
        return format_html(
            '<a href="{}?role__id__exact={}&is_active__exact=1&factor=none">{}</a>', address, role.pk, role.without
        )

    @for_each(_("Ask for a second factor"), "accounts.manage")
    def ask_for_second_factor(self, request: HttpRequest, role: Role) -> None:
        """A stricter word stays as it is."""
        if role.second_factor in (SecondFactorRule.BY_ROLE, SecondFactorRule.OPTIONAL):
            before, role.second_factor = role.second_factor, SecondFactorRule.NEEDED
            role.save(update_fields=["second_factor"])
            self.record(request, role, "changed", second_factor=[before, role.second_factor])

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, role: Any) -> int:
        return int(role.people_count)


@admin.register(Team)
class TeamAdmin(StaffAdmin[Team]):
    """People who work together. What a team may see is set on the page “Who sees what”."""

    view_code = change_code = "accounts.manage"
    fields = ("key", "name", "vendor", "is_active")
    list_display = ("key", "name", "vendor", "people", "is_active")
    list_filter = ("vendor", "is_active")
    list_select_related = ("vendor",)
    autocomplete_fields = ("vendor",)
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(people_count=Count("group__user"))

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, team: Any) -> int:
        return int(team.people_count)

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        # A team that changed hands would carry its grants over to another company.
        return ("vendor",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Team, form: ModelForm[Team], change: bool) -> None:
        if not change:
            obj.group = Group.objects.create(name=f"team:{obj.key}")
        super().save_model(request, obj, form, change)


@admin.register(Vendor)
class VendorAdmin(ProvenAdmin, StaffAdmin[Vendor]):
    """Outsourcing companies. Switching one off shuts its people out at once."""

    view_code = change_code = "accounts.manage"
    list_display = ("key", "name", "is_active", "closed_days", "limits_categories", "people")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vendor]:
        return super().get_queryset(request).annotate(people_count=Count("users"))

    def save_model(self, request: HttpRequest, obj: Vendor, form: ModelForm[Vendor], change: bool) -> None:
        """Only what was changed is written: a contract may move the rest meanwhile. The door is opened and shut in one
        place, which also ends sessions and tokens.
        """
        if not change:
            if obj.is_support:
                obj.is_active = False
            super().save_model(request, obj, form, change)
            return
        if written := [name for name in form.changed_data if name != "is_active"]:
            obj.save(update_fields=written)
            self.record(request, obj, "changed", **self.describe(form))
        if "is_active" in form.changed_data:
            (open_vendor if obj.is_active else close_vendor)(vendor=obj, by=actor_of(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Vendor | None = None) -> tuple[str, ...]:
        """Under a contract both follow it; who helps the house is let in by a manager for some hours."""
        is_kept = obj is not None and bool(kept_among(Team.objects.filter(vendor=obj)))
        if obj is not None and obj.is_support:
            return ("is_active",)
        return ("is_active", "limits_categories") if is_kept else ()

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, vendor: Any) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:vendor-people", args=[vendor.pk]), vendor.people_count)


@admin.register(Brand)
class BrandAdmin(StaffAdmin[Brand]):
    """Faces of the company towards customers."""

    view_code = change_code = "channels.configure"
    list_display = ("key", "name", "accent", "help_center_host", "is_default")
    search_fields = ("key", "name__zh-hans", "name__en")
