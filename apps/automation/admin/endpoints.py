from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts.proof import ProvenAdmin
from apps.automation.admin.pages import key_page
from apps.automation.forms import EndpointForm
from apps.automation.models import WebhookEndpoint
from apps.automation.querysets import MANAGE
from apps.automation.rules import may_lend
from apps.automation.selectors import health_of
from apps.automation.services import endpoints
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ProvenAdmin, StaffAdmin[WebhookEndpoint]):
    """What an endpoint is told. What became of it is on a page of its own."""

    view_code = change_code = MANAGE
    may_delete = True
    form = EndpointForm
    list_display = ("page", "host", "state", "last_success_at", "acts_as")
    list_display_links = None
    list_filter = ("is_enabled", "disabled_reason")
    list_select_related = ("acts_as",)
    search_fields = ("name",)
    autocomplete_fields = ("acts_as",)
    fields = ("name", "description", "url", "acts_as", "events")

    def has_change_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        is_lent = obj is None or may_lend(actor_of(request), obj.acts_as)
        return is_lent and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return self.has_change_permission(request)

    @admin.display(description=_("name"), ordering="name")
    def page(self, endpoint: WebhookEndpoint) -> SafeString:
        address = reverse("admin:outgoing-webhook", args=[endpoint.pk])
        return format_html(
            '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, endpoint.name
        )

    @admin.display(description=_("receiver"))
    def host(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.host

    @admin.display(description=_("state"))
    def state(self, endpoint: WebhookEndpoint) -> str:
        return health_of(endpoint).state

    def get_form(
        self, request: HttpRequest, obj: WebhookEndpoint | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = actor_of(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"acts_as": actor_of(request).user_id, "events": ["ticket.*", "message.*"]}

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: ModelForm[WebhookEndpoint], change: bool
    ) -> None:
        by, values = actor_of(request), {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            endpoints.change_endpoint(endpoint=obj, by=by, **values)
            return
        row, key = endpoints.create_endpoint(by=by, **{name: form.cleaned_data[name] for name in self.fields})
        obj.pk = row.pk
        obj._state.adding = False
        obj.refresh_from_db()
        request.issued_key = key  # type: ignore[attr-defined]  # kept for the answer to this request

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        endpoints.delete_endpoint(endpoint=obj, by=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            self.delete_model(request, endpoint)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Deliveries go along by the thousand and have no page of their own that could forbid it: names say enough."""
        return [str(endpoint) for endpoint in objs], {}, set(), []

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the key is the answer itself: nothing else keeps it in the clear."""
        return key_page(request, obj, request.issued_key)  # type: ignore[attr-defined]  # see save_model

    def response_change(self, request: HttpRequest, obj: WebhookEndpoint) -> HttpResponse:
        return redirect("admin:outgoing-webhook", obj.pk)
