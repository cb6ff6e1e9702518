from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.privacy.api.views import Reveals

urlpatterns = [
    path("reveals/", Reveals.as_view({"get": "list", "post": "create"}), name="reveals"),
    re_path(rf"^reveals/(?P<public_id>{PUBLIC_ID})/$", Reveals.as_view({"get": "retrieve"}), name="reveal"),
]
