from django.urls import path, re_path

from apps.channels.api.views import Channels, InboundMessages
from apps.core.api.views import PUBLIC_ID

urlpatterns = [
    path("channels/", Channels.as_view({"get": "list"}), name="channels"),
    path("channels/<slug:key>/", Channels.as_view({"get": "retrieve"}), name="channel"),
    path("channels/<slug:key>/messages/", InboundMessages.as_view({"post": "create"}), name="inbound-messages"),
    re_path(
        rf"^channels/(?P<key>[-\w]+)/messages/(?P<inbound_id>{PUBLIC_ID})/$",
        InboundMessages.as_view({"get": "retrieve"}),
        name="inbound-message",
    ),
]
