"""Servers that vouch for people. What each has to be told of us stands on its page."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.accounts.models import ClaimRule, IdentityProvider
from apps.accounts.oidc.discovery import is_safe
from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.permissions import may

MANAGE: Final = "accounts.manage"


class ProviderForm(ModelForm[IdentityProvider]):
    client_secret = forms.CharField(
        label=capfirst(_("client secret")),
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("Kept sealed and never shown again. Left empty, it stays as it is."),
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "key", "name", "is_active", "vendor", "issuer", "client_id", "client_secret", "scopes",
            "domains", "creates_people", "default_role", "proofs", "allows_password",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client_secret" in self.fields:
            self.initial["client_secret"] = ""

    def clean_client_secret(self) -> str:
        return self.cleaned_data["client_secret"] or (self.instance.client_secret if self.instance.pk else "")

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"]
        if not is_safe(issuer) or "?" in issuer or "#" in issuer:
            raise forms.ValidationError(_("An issuer begins with https."))
        return issuer


class ClaimRuleInline(TabularInline):
    model = ClaimRule
    extra = 0
    tab = False

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), MANAGE)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _may


@admin.register(IdentityProvider)
class IdentityProviderAdmin(ProvenAdmin, StaffAdmin[IdentityProvider]):
    view_code = change_code = MANAGE
    form = ProviderForm
    inlines = (ClaimRuleInline,)
    secret_fields = frozenset({"client_secret"})
    list_display = ("key", "name", "vendor", "issuer", "is_active")
    list_filter = ("is_active", "vendor")
    list_select_related = ("vendor",)
    search_fields = ("key", "name__zh-hans", "name__en", "issuer")
    readonly_fields = ("addresses",)
    fieldsets = (
        (None, {"fields": ("key", "name", "is_active", "vendor")}),
        (_("The provider"), {"fields": ("issuer", "client_id", "client_secret", "scopes", "addresses")}),
        (_("Whom it lets in"), {"fields": ("domains", "creates_people", "default_role", "proofs", "allows_password")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: IdentityProvider | None = None) -> tuple[str, ...]:
        """Whom it vouched for must not turn into another company's."""
        return ("addresses",) if obj is None else ("addresses", "key", "vendor")

    @admin.display(description=_("addresses to enter there"))
    def addresses(self, provider: IdentityProvider) -> SafeString | str:
        if provider._state.adding:
            return "-"
        names = (
            ("sso-callback", _("Redirect")),
            ("sso-end", _("Back-channel logout")),
        )
        rows = ((label, settings.SITE_URL + reverse(f"accounts:{name}", args=[provider.key])) for name, label in names)
        return format_html_join(SafeString("<br>"), "{}: {}", rows)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            rules = [[rule.claim, rule.value, rule.role_id, rule.team_id] for rule in form.instance.rules.all()]
            self.record(request, form.instance, "rules_changed", rules=rules)
