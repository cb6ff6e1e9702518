"""Credentials of the API. The token itself is on one page, once."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts import tokens
from apps.accounts.models import ApiToken
from apps.accounts.proof import ProvenAdmin
from apps.core import clock
from apps.core.admin.base import ActionsAdmin, ModelForm, StaffAdmin, actor_of, for_each, permission_choices


class ApiTokenForm(ModelForm[ApiToken]):
    scopes = forms.MultipleChoiceField(
        label=capfirst(_("scopes")),
        choices=permission_choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=["api.use", "tickets.view"],
        help_text=_("What the token may do at most; it never does more than its user. Every token needs api.use."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "user", "scopes", "expires")

    def clean_scopes(self) -> list[str]:
        return sorted({*self.cleaned_data["scopes"], "api.use"})

    def clean_expires(self) -> Any:
        expires, now = self.cleaned_data["expires"], clock.now()
        if not now < expires <= now + tokens.MAX_LIFETIME:
            raise forms.ValidationError(_("A token expires within one year."))
        return expires


@admin.register(ApiToken)
class ApiTokenAdmin(ProvenAdmin, ActionsAdmin[ApiToken]):
    view_code = "accounts.manage"
    change_code = "accounts.manage"
    may_add = True
    form = ApiTokenForm
    list_display = ("name", "prefix", "user", "expires", "last_used", "revoked", "created_by")
    list_filter = ("user",)
    list_select_related = ("user", "created_by")
    autocomplete_fields = ("user",)
    search_fields = ("name", "prefix", "user__username")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return StaffAdmin.has_change_permission(self, request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"expires": clock.now() + timedelta(days=90)}

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        shown = ("name", "user", "scopes", "expires")
        return shown if obj is None else (*shown, "prefix", "created", "created_by", "last_used", "revoked")

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ModelForm[ApiToken], change: bool) -> None:
        values = form.cleaned_data
        row, plain = tokens.issue_token(
            user=values["user"],
            name=values["name"],
            scopes=values["scopes"],
            expires=values["expires"],
            by=actor_of(request),
        )
        obj.pk = row.pk
        obj._state.adding = False
        obj.refresh_from_db()
        request.issued_token = plain  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """The page with the token is the answer itself: nothing keeps it, not even the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new token"),
            "opts": self.opts,
            "row": obj,
            "token": request.issued_token,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "admin/accounts/apitoken/issued.html", context)
        add_never_cache_headers(response)
        return response

    @for_each(_("Revoke"), "accounts.manage")
    def revoke(self, request: HttpRequest, row: ApiToken) -> None:
        tokens.revoke_token(token=row, by=actor_of(request))
