"""The REST API's root: which app answers where, the schema, the documentation page and the list of error codes."""

from typing import Any

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import Resolver404, include, path, re_path, resolve
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.catalogue import Refusal, Refusals
from apps.core.api.docs import DocumentationPage
from apps.core.errors import NotVisible

app_name = "api"


class SlashRedirect(HttpResponsePermanentRedirect):
    """Keeps method and body, unlike 301."""

    status_code = 308


class UnknownAddress(APIView):
    """Whatever no resource answers: a problem, not a page. A forgotten slash at the end is forgiven."""

    authentication_classes = ()
    permission_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.path_info.endswith("/"):
            try:
                match = resolve(f"{request.path_info}/")
            except Resolver404:
                match = None
            if match is not None and match.url_name != "unknown":
                query = request.META.get("QUERY_STRING", "")
                return SlashRedirect(f"{request.path}/{'?' if query else ''}{query}")
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotVisible

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        raise NotVisible


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", DocumentationPage.as_view(), name="docs"),
    path("errors/", Refusals.as_view(), name="errors"),
    path("errors/<str:code>/", Refusal.as_view(), name="error"),
    path("", include("apps.accounts.api.urls")),
    path("", include("apps.privacy.api.urls")),
    path("", include("apps.customers.api.urls")),
    path("", include("apps.channels.api.urls")),
    path("", include("apps.knowledge.api.urls")),
    path("", include("apps.sla.api.urls")),
    path("", include("apps.tickets.api.urls")),
    path("", include("apps.routing.api.urls")),
    path("", include("apps.qa.api.urls")),
    path("", include("apps.automation.api.urls")),
    path("", include("apps.metrics.api.urls")),
    path("", include("apps.outsourcing.api.urls")),
    path("", include("apps.alerts.api.urls")),
    re_path(r"^.*$", UnknownAddress.as_view(), name="unknown"),
]
