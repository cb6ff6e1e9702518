"""Sockets of customers' clients. Each proves its origin and its client by itself: apps have neither cookie nor origin."""

from apps.channels.connectors.protocol.routing import websocket_urlpatterns as clients

public_websocket_urlpatterns = [*clients]
