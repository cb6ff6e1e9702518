from django.urls import path

from apps.workbench.consumers import DeskConsumer
from apps.workbench.desk import SOCKET_PATH

websocket_urlpatterns = [path(SOCKET_PATH, DeskConsumer.as_asgi())]  # type: ignore[arg-type]  # an ASGI application
