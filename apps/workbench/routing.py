from django.urls import path

from apps.workbench.consumers import DeskConsumer

SOCKET_PATH = "ws/desk/"

websocket_urlpatterns = [path(SOCKET_PATH, DeskConsumer.as_asgi())]
