from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.channels.api.serializers import ChannelOutput, InboundInput, InboundOutput
from apps.channels.connectors.api.services import accept_api_message
from apps.channels.models import Channel, InboundEvent
from apps.core.api.idempotency import HEADER
from apps.core.api.paging import WholeList
from apps.core.api.parsers import LargeJsonParser
from apps.core.api.views import PUBLIC_ID, Resource
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id


@extend_schema_view(
    list=extend_schema(summary=_("List channels"), description=_("The entry points that this credential may know.")),
    retrieve=extend_schema(summary=_("Show a channel"), description=_("One channel by its key.")),
)
class Channels(Resource[Channel]):
    serializer_class = ChannelOutput
    lookup_field = "key"
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Channel.objects.none()

    def get_queryset(self) -> QuerySet[Channel]:
        rows = Channel.objects.visible_to(self.actor).select_related("brand")
        return rows.defer("secrets", "last_error").order_by("key")


class InboundMessages(Resource[InboundEvent]):
    """A customer's messages through a channel of kind `api`."""

    lists_persons = True
    serializer_class = InboundOutput
    lookup_field = "public_id"
    lookup_url_kwarg = "inbound_id"
    lookup_value_regex = PUBLIC_ID
    parser_classes = (LargeJsonParser,)
    permission_by_action = {"retrieve": "channels.view_health"}
    queryset = InboundEvent.objects.none()

    def get_queryset(self) -> QuerySet[InboundEvent]:
        return InboundEvent.objects.visible_to(self.actor).filter(channel=self.channel()).defer("payload", "envelope")

    def channel(self) -> Channel:
        channel = Channel.objects.visible_to(self.actor).filter(key=self.kwargs["key"]).first()
        if channel is None:
            raise NotVisible
        return channel

    @extend_schema(
        summary=_("Pass on a customer's message"),
        description=_(
            "Stores the message before it answers, once for each `message_id` (or Idempotency-Key). A ticket is opened"
            " or continued right after; follow it through the events or ask for the item."
        ),
        request=InboundInput,
        responses={202: InboundOutput},
    )
    def create(self, request: Request, key: str) -> Response:
        accepted = accept_api_message(
            channel=self.channel(),
            data=_in_our_words(self.read(InboundInput)),
            idempotency_key=request.headers.get(HEADER, ""),
            by=self.actor,
        )
        response = self.shown(accepted.event, status=202)
        address = reverse("api:inbound-message", args=[key, accepted.event.public_id])
        response["Location"] = request.build_absolute_uri(address)
        return response

    def check_repeat(self) -> None:
        self.channel()

    @extend_schema(
        summary=_("Show what became of a message"), description=_("Its state: waiting, processed, ignored, parked.")
    )
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        pk = read_public_id(InboundEvent, self.kwargs["inbound_id"])
        event = None if pk is None else self.get_queryset().filter(pk=pk).first()
        if event is None:
            raise NotVisible
        return self.shown(event)


def _in_our_words(data: Mapping[str, Any]) -> dict[str, Any]:
    """What callers say of the sender, and what they call a message's id and a conversation, as the inbox has it."""
    own = dict(data)
    sender = dict(own["sender"])
    return own | {
        "external_id": own.pop("message_id", ""),
        "thread": own.pop("conversation", ""),
        "identities": sender.pop("identities", []),
        "language": sender.pop("language", ""),
        "sender": sender,
    }
