from django.urls import path, re_path

from apps.alerts.api.views import AlertRules, Alerts
from apps.core.api.views import PUBLIC_ID

urlpatterns = [
    path("alert-rules/", AlertRules.as_view({"get": "list", "post": "create"}), name="alert-rules"),
    re_path(
        r"^alert-rules/(?P<key>[-\w]{1,50})/$",
        AlertRules.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="alert-rule",
    ),
    path("alerts/", Alerts.as_view({"get": "list"}), name="alerts"),
    re_path(rf"^alerts/(?P<public_id>{PUBLIC_ID})/$", Alerts.as_view({"get": "retrieve"}), name="alert"),
    re_path(
        rf"^alerts/(?P<public_id>{PUBLIC_ID})/acknowledgement/$",
        Alerts.as_view({"put": "put_acknowledgement"}),
        name="alert-acknowledgement",
    ),
]
