"""The protocol over HTTP. There is no cookie and no session: each request carries its token, so there is nothing to forge."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.middleware import client_ip
from apps.channels.connectors.protocol import clients, files, inputs, messages, privacy, sessions
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.connector import client_channel
from apps.channels.connectors.protocol.errors import TokenRefused
from apps.channels.models import Channel
from apps.core.api.errors import BodyTooLarge, MalformedBody
from apps.core.languages import public_language

TOLD_TO_PAGES: Final = "Retry-After, WWW-Authenticate, X-Request-ID"
TAKEN_FROM_PAGES: Final = "Authorization, Content-Type, X-File-Name, Accept-Language"


class ClientView(APIView):
    """Finds the channel, proves the client, speaks its language, and answers pages of other sites where they are allowed."""

    authentication_classes = ()
    permission_classes = ()
    schema = None  # the protocol of apps is a document of its own, and no part of the staff's API
    channel: Channel

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.channel = client_channel(kwargs["key"])
        translation.activate(public_language(request._request, self.channel.default_language))
        sessions.check_origin(self.channel, request.headers.get("Origin", ""))
        super().initial(request, *args, **kwargs)

    def client(self, request: Request) -> Client:
        """Raises TokenRefused."""
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused
        return clients.identify(self.channel, token.strip())

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # as the base's
        """What a browser asks before a page of another site may send anything."""
        if "Origin" not in request.headers:
            raise MethodNotAllowed(str(request.method))
        return Response(status=204)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.setdefault("Cache-Control", "no-store")
        patch_vary_headers(answer, ["Origin"])
        origin = request.headers.get("Origin", "")
        channel = getattr(self, "channel", None)  # none, where the address names no open one
        if origin and channel is not None and sessions.is_allowed(channel, origin):
            answer["Access-Control-Allow-Origin"] = origin
            answer["Access-Control-Expose-Headers"] = TOLD_TO_PAGES
            if request.method == "OPTIONS":
                answer["Access-Control-Allow-Methods"] = "GET, POST"
                answer["Access-Control-Allow-Headers"] = TAKEN_FROM_PAGES
                answer["Access-Control-Max-Age"] = "600"
        return answer


class SessionView(ClientView):
    def get(self, request: Request, key: str) -> Response:
        return Response(sessions.as_told(self.client(request)))

    def post(self, request: Request, key: str) -> Response:
        """Without a token: a new guest. With one and with a guest's secret: the guest becomes the user."""
        values = inputs.read(inputs.SessionInput, request.data)
        if "Authorization" in request.headers:
            return Response(sessions.open_session(self.client(request), values.get("guest_token", "")))
        guest, token = clients.welcome_guest(self.channel, ip=client_ip(request._request))
        return Response({**sessions.as_told(guest), "guest_token": token}, status=201)


class MessagesView(ClientView):
    def get(self, request: Request, key: str) -> Response:
        client = self.client(request)
        page = inputs.read(inputs.PageInput, request.query_params.dict())
        return Response(sessions.news_as_told(self.channel, messages.news(client, **page)))

    def post(self, request: Request, key: str) -> Response:
        client = self.client(request)
        draft = inputs.draft_of(request.data, language=translation.get_language() or "")
        return Response(messages.say(client, draft, ip=client_ip(request._request)))


class ReceiptsView(ClientView):
    def post(self, request: Request, key: str) -> Response:
        client = self.client(request)
        values = inputs.read(inputs.ReceiptInput, request.data)
        return Response(sessions.progress(self.channel, messages.acknowledge(client, **values)))


class PrivacyView(ClientView):
    def get(self, request: Request, key: str) -> Response:
        return Response(privacy.overview(self.client(request)))

    def post(self, request: Request, key: str) -> Response:
        """Allows a use or takes it back: one is as easy as the other."""
        client = self.client(request)
        return Response(privacy.choose(client, **inputs.read(inputs.ChoiceInput, request.data)))


class PrivacyRequestsView(ClientView):
    def post(self, request: Request, key: str) -> Response:
        client = self.client(request)
        return Response(privacy.ask(client, **inputs.read(inputs.AskInput, request.data)), status=201)


class _AnyBytes(BaseParser):
    """A file is the body itself; what it is, its content tells."""

    media_type = "*/*"


class FilesView(ClientView):
    parser_classes = (_AnyBytes,)

    def post(self, request: Request, key: str) -> Response:
        client = self.client(request)
        content = body_within(request._request, files.max_bytes(client))
        row = files.upload(client, content, name=request.headers.get("X-File-Name", ""))
        return Response(files.as_told(row), status=201)


class FileView(ClientView):
    def get(self, request: Request, key: str, public_id: str) -> HttpResponse:
        return files.served(self.client(request), public_id)


def body_within(request: HttpRequest, limit: int) -> bytes:
    """Never more than the limit is read, whether or not the length was told before."""
    try:
        content = request.read(limit + 1)
    except UnreadablePostError as error:
        raise MalformedBody(reason=_("it ended too early")) from error
    if len(content) > limit:
        raise BodyTooLarge(limit=limit)
    return content
