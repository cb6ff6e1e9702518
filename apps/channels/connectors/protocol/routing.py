from django.urls import path

from apps.channels.connectors.protocol.consumers import client_socket

websocket_urlpatterns = [path("app/v1/<slug:key>/socket/", client_socket)]  # type: ignore[arg-type]  # an ASGI application
