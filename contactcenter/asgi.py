"""One ASGI application serves pages, the API and sockets."""

import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")
django.setup(set_prefix=False)

# Only after Django is set up may anything import models.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from contactcenter.routing import websocket_urlpatterns  # noqa: E402


class PagesHandler(ASGIHandler):
    """Django's handler, with middleware and view together in the request's thread.

    Django's own sends each middleware that could do both from the event loop to a thread and back. Ours all work in
    threads, as the views do, so one change over is enough.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


django_application = PagesHandler()

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns()))),
    }
)
