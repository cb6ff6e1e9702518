"""What the chat says over HTTP beyond the app protocol: the same as its commands on the socket."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from rest_framework.request import Request
from rest_framework.response import Response

from apps.channels.connectors.protocol.connector import protocol_of
from apps.channels.connectors.protocol.views import ClientView
from apps.channels.errors import ChannelInactive
from apps.core import throttle

MINUTELY: Final = 60
"""Commands of one conversation, beside what it only reads. A socket has a limit of its own for all that it says."""


class CommandView(ClientView):
    command = ""

    def post(self, request: Request, key: str) -> Response:
        return self.performed(self.command, request)

    def performed(self, command: str, request: Request) -> Response:
        connector = protocol_of(self.channel)
        if command not in connector.commands:
            raise ChannelInactive
        client = self.client(request)
        if request.method == "POST":
            throttle.hit(f"livechat.command:{client.conversation.pk}", limit=MINUTELY, per=timedelta(minutes=1))
        return Response(connector.perform(command, client, request.data))


class TypingView(CommandView):
    command = "typing"


class EndingView(CommandView):
    command = "chat.end"


class RatingView(CommandView):
    command = "chat.rate"

    def get(self, request: Request, key: str) -> Response:
        return self.performed("chat.rating", request)


class TranscriptView(CommandView):
    command = "chat.transcript"
