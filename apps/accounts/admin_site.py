"""The administration as a whole: who may enter, and where one signs in and out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from apps.accounts.middleware import actor_of
from apps.accounts.views.session import sign_out

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
else:
    from unfold.sites import UnfoldAdminSite

# Any of these opens the door; each page behind it asks for its own.
ENTRY = frozenset(
    {
        "accounts.manage",
        "channels.configure",
        "audit.view",
        "automation.manage_webhooks",
        "privacy.manage_requests",
        "privacy.approve_erasure",
        "privacy.manage_holds",
    }
)


class StaffSite(UnfoldAdminSite):
    index_template = "admin/overview.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[URLPattern] = []

    def add_page(self, route: str, view: Callable[..., HttpResponseBase], *, name: str) -> None:
        """A page that belongs to no model. Called by an app's `admin` when it is loaded."""
        self.pages.append(path(route, self.admin_view(view), name=name))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.GET.get("term", ""):
            # Text that no column can hold finds nothing, and PostgreSQL would refuse to look.
            return JsonResponse({"results": [], "pagination": {"more": False}})
        return super().autocomplete_view(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*self.pages, *super().get_urls()]

    def has_permission(self, request: HttpRequest) -> bool:
        return not ENTRY.isdisjoint(actor_of(request).permissions)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one place to sign in; who is signed in and still comes here may not enter."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or resolve_url("admin:index"), resolve_url(settings.LOGIN_URL))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return sign_out(request)

    def search(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Finds pages by name. The library's own keeps pickled results in the cache, which here holds plain values only."""
        text = (request.GET.get("s") or "").strip().lower()[:80]
        found = self._search_apps(self.get_app_list(request), text) if text else []  # type: ignore[attr-defined]
        context = {"results": found, "page_obj": None, "page_counter": 0, "execution_time": 0}
        return TemplateResponse(
            request, "unfold/helpers/search_results.html", context, headers={"HX-Trigger": "search"}
        )
