from django.urls import path

from apps.knowledge.api.views import Snippets

urlpatterns = [path("snippets/", Snippets.as_view({"get": "list"}), name="snippets")]
