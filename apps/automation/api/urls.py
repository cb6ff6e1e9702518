from typing import Any

from django.urls import path, re_path

from apps.automation.api import views
from apps.core.api.views import PUBLIC_ID

ENDPOINT = rf"^webhook-endpoints/(?P<public_id>{PUBLIC_ID})"
DELIVERY = rf"^webhook-deliveries/(?P<public_id>{PUBLIC_ID})"
LIST: dict[str, Any] = {"get": "list"}
LIST_AND_CREATE: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
Endpoints = views.WebhookEndpoints

urlpatterns = [
    path("webhook-event-types/", views.WebhookEventTypes.as_view(), name="webhook-event-types"),
    path("webhook-endpoints/", Endpoints.as_view(LIST_AND_CREATE), name="webhook-endpoints"),
    re_path(rf"{ENDPOINT}/$", Endpoints.as_view(ONE), name="webhook-endpoint"),
    re_path(rf"{ENDPOINT}/state/$", Endpoints.as_view({"put": "put_state"}), name="webhook-state"),
    re_path(rf"{ENDPOINT}/signing-key/$", Endpoints.as_view({"post": "change_key"}), name="webhook-signing-key"),
    re_path(rf"{ENDPOINT}/tests/$", Endpoints.as_view({"post": "send_test"}), name="webhook-tests"),
    re_path(rf"{ENDPOINT}/deliveries/$", views.WebhookDeliveries.as_view(LIST), name="webhook-deliveries"),
    re_path(rf"{ENDPOINT}/replays/$", views.WebhookReplays.as_view(LIST_AND_CREATE), name="webhook-replays"),
    re_path(rf"{DELIVERY}/$", views.WebhookDeliveryDetail.as_view({"get": "retrieve"}), name="webhook-delivery"),
    re_path(rf"{DELIVERY}/attempts/$", views.WebhookAttempts.as_view(LIST_AND_CREATE), name="webhook-attempts"),
]
