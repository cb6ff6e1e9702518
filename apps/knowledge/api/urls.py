from django.urls import path, re_path

from apps.knowledge.api.views import Snippets

urlpatterns = [
    path("snippets/", Snippets.as_view({"get": "list", "post": "create"}), name="snippets"),
    re_path(
        r"^snippets/(?P<pk>[1-9]\d{0,14})/$",
        Snippets.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="snippet",
    ),
]
