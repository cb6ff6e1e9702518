"""Staff accounts. Every change goes through the services, which end sessions and write the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from apps.accounts.looking import ACT_AS
from apps.accounts.models import SecurityKey, Team, TotpFactor, User
from apps.accounts.proof import ProvenAdmin
from apps.accounts.services import second_factor, single_sign_on, teams, users
from apps.core.actor import Actor
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each
from apps.core.permissions import may

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHANGEABLE = ("display_name", "email", "role", "vendor", "language", "spoken_languages")


class UserForm(ModelForm[User]):
    new_password = forms.CharField(
        label=capfirst(_("new password")),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Left empty, the password stays as it is. Setting one signs the person out everywhere."),
    )
    teams = forms.ModelMultipleChoiceField(
        label=capfirst(_("teams")),
        queryset=Team.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = User
        fields = ("username", *CHANGEABLE, "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["teams"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 (narrows the type)
        field.queryset = Team.objects.filter(is_active=True)
        if self.instance.pk:
            self.initial["teams"] = list(Team.objects.filter(group__user=self.instance))

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        role, vendor = cleaned.get("role"), cleaned.get("vendor")
        if role is None:
            self.add_error("role", _("Choose a role."))
        elif role.is_outsourced and vendor is None:
            self.add_error("vendor", _("This role needs a vendor."))
        if any(team.vendor_id != (vendor.pk if vendor else None) for team in cleaned.get("teams", ())):
            self.add_error("teams", _("Some of these teams belong to another company."))
        return cleaned


def _has_factor() -> Q:
    apps_in_use = TotpFactor.objects.filter(user=OuterRef("pk"), confirmed__isnull=False)
    return Exists(apps_in_use) | Exists(SecurityKey.objects.filter(user=OuterRef("pk")))


class FactorFilter(admin.SimpleListFilter):
    """Who has none yet, before a role begins to ask for one."""

    title = _("second factor")
    parameter_name = "factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        return [("none", _("None yet")), ("set", _("Set up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("none", "set"):
            return queryset
        has_factor = _has_factor()
        return queryset.filter(has_factor if self.value() == "set" else ~has_factor)


@admin.register(User)
class UserAdmin(ProvenAdmin, StaffAdmin[User]):
    view_code = change_code = "accounts.manage"
    form = UserForm
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "language", "spoken_languages")}),
        (_("Access"), {"fields": ("role", "vendor", "teams", "is_active", "new_password")}),
    )
    list_display = ("username", "display_name", "role", "vendor", "is_active", "has_second_factor", "last_login")
    list_filter = ("role", "vendor", "is_active", FactorFilter)
    filtered_fields = frozenset({FactorFilter.parameter_name})
    list_select_related = ("role", "vendor")
    autocomplete_fields = ("role", "vendor")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    change_form_before_template = "admin/accounts/user_acts.html"
    actions = ("sign_out_everywhere", "reset_second_factor", "forget_identities")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {**(extra_context or {}), "may_look": may(actor_of(request), ACT_AS)}
        return super().change_view(request, object_id, form_url, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).annotate(has_factor=_has_factor())

    @admin.display(description=_("second factor"), boolean=True)
    def has_second_factor(self, user: Any) -> bool:
        return bool(user.has_factor)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("username",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        by, values = actor_of(request), form.cleaned_data
        if change:
            self._change(obj, form, by)
        else:
            created = users.create_user(
                username=values["username"],
                password=values["new_password"] or None,
                by=by,
                **{name: values[name] for name in CHANGEABLE},
            )
            obj.pk = created.pk
            obj._state.adding = False
            obj.refresh_from_db()
        self._join_and_leave(obj, values["teams"], by)

    def _change(self, user: User, form: ModelForm[User], by: Actor) -> None:
        values = form.cleaned_data
        changes = {name: values[name] for name in CHANGEABLE if name in form.changed_data}
        if changes:
            users.update_user(user=user, by=by, **changes)
        if values["new_password"]:
            users.set_password(user=user, password=values["new_password"], by=by)
        if "is_active" in form.changed_data:
            (users.reactivate_user if values["is_active"] else users.deactivate_user)(user=user, by=by)

    def _join_and_leave(self, user: User, chosen: Any, by: Actor) -> None:
        wanted, current = set(chosen), set(Team.objects.filter(group__user=user))
        for team in wanted - current:
            teams.join_team(user=user, team=team, by=by)
        for team in current - wanted:
            teams.leave_team(user=user, team=team, by=by)

    @for_each(_("Sign out everywhere"), "accounts.manage")
    def sign_out_everywhere(self, request: HttpRequest, user: User) -> None:
        users.end_sessions(user=user, by=actor_of(request))

    @for_each(_("Forget who they are at sign-in providers"), "accounts.manage")
    def forget_identities(self, request: HttpRequest, user: User) -> None:
        single_sign_on.forget_identities(user=user, by=actor_of(request))

    @for_each(_("Reset the second factor"), "accounts.manage")
    def reset_second_factor(self, request: HttpRequest, user: User) -> None:
        second_factor.reset_second_factor(user=user, by=actor_of(request))
