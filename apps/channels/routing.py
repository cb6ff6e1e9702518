"""Sockets of customers' clients. Each proves its origin and its client by itself: apps have neither cookie nor origin."""

from apps.channels.connectors.app.routing import websocket_urlpatterns as app

public_websocket_urlpatterns = [*app]
