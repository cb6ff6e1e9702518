"""One ASGI application serves pages, the API and sockets."""

import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, ParamSpec, TypeVar

import django
from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.http import FileResponse
from django.urls import re_path, set_script_prefix
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")
django.setup(set_prefix=False)

# Only after Django is set up may anything import models.
from channels.auth import AuthMiddlewareStack  # noqa: E402 (needs Django set up)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 (needs Django set up)
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402 (needs Django set up)
from django.conf import settings  # noqa: E402 (needs Django set up)

from contactcenter.routing import public_websocket_urlpatterns, websocket_urlpatterns  # noqa: E402 (needs Django set up)

P = ParamSpec("P")
T = TypeVar("T")

# A thread that waited for the database gets to go on after this time at the latest, and a page waits several times. With
# Python's own five milliseconds, those who wait stand behind each other's computing for most of a request.
sys.setswitchinterval(0.0005)

THREADS = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="pages")


def in_thread(work: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    return sync_to_async(work, thread_sensitive=False, executor=THREADS)


async def part_by_part(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (part := await in_thread(next)(parts, None)) is not None:
        yield part


class PagesHandler(ASGIHandler):
    """Django's handler for code that works in threads, as all of ours does.

    Django's own starts a thread for each request, and takes each middleware and each receiver of a signal that could be
    asynchronous out to the event loop and back. Here one thread of a few that stay answers the whole request.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        try:
            response = await in_thread(self.answer)(scope, body)
            if response.streaming and not response.is_async:
                # Django's own would read all of it into memory first.
                response.streaming_content = part_by_part(iter(response.streaming_content))
            await self.send_response(response, send)
            if response.streaming:
                await in_thread(response.close)()
        finally:
            body.close()

    def answer(self, scope: dict[str, Any], body: IO[bytes]) -> Any:
        """What is complete is closed here, in the thread whose database connection it used."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = type(self)
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        return response


class HooksHandler(PagesHandler):
    """The same for calls of platforms, with a middleware of their own: what looks after people costs most of a call."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware = self._template_response_middleware = self._exception_middleware = ()
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # stubs lack it
        for path in reversed(settings.HOOK_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


HOOK = re.compile(r"/hooks/[-a-zA-Z0-9_]+/")

pages_application = PagesHandler()
hooks_application = HooksHandler()


async def http_application(scope: Any, receive: Any, send: Any) -> None:
    """Only what is exactly the address of a hook goes there; whatever else may end as a page."""
    application = hooks_application if HOOK.fullmatch(scope["path"]) else pages_application
    await application(scope, receive, send)


# Staff come with a cookie, so their sockets must come from our own pages. Those of customers' clients look after themselves.
staff_sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns())))

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": URLRouter(
            [
                *public_websocket_urlpatterns(),
                re_path("", staff_sockets),  # type: ignore[list-item]  # an ASGI application
            ]
        ),
    }
)
