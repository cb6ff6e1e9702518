"""Viber: customers write to a bot that they subscribed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.bots.connector import BotConnector, address_setting
from apps.channels.connectors.viber import messages, push
from apps.channels.connectors.viber.api import API_BASE, ViberApi
from apps.channels.connectors.viber.messages import KIND, USER
from apps.channels.contract import Capabilities, Content, Media, Outbound, Parsed, SendResult, Setting, VerifiedInput
from apps.channels.enums import Region
from apps.channels.linked_files import address_of
from apps.channels.media import OutgoingMedia
from apps.channels.parts import UTF_16
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.channels.models import Channel, InboundEvent

MAX_TEXT: Final = 7000
"""Characters of one text (infobip, Viber)."""

MAX_NAME: Final = 28

MAX_FILE_NAME: Final = 256
MB: Final = 1024 * 1024

IMAGE: Final = Media(Content.IMAGE, 1 * MB, ("image/jpeg", "image/png", "image/gif"))
VIDEO: Final = Media(Content.VIDEO, 26 * MB, ("video/mp4",))
FILE: Final = Media(Content.FILE, 50 * MB)
"""By address (infobip, Viber)."""

NAMES: Final = {Content.IMAGE: "picture", Content.VIDEO: "video", Content.FILE: "file"}

register_kind(USER, _("Viber"), "message-square-dot", FieldClass.HANDLE)


@registry.register
class ViberConnector(BotConnector):
    kind = KIND
    region = Region.OTHER
    label = _("Viber")
    identity_kind = USER
    icon = "message-square-dot"
    text_bytes = 2 * MAX_TEXT
    text_encoding = UTF_16
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "auth_token",
            _("Token of the bot"),
            secret=True,
            required=True,
            help=_("For answers; also proves that a call comes from the platform."),
        ),
        Setting(
            "sender_name",
            _("Name that customers see"),
            required=True,
            help=_("Up to 28 characters; what is longer is cut."),
        ),
        Setting(
            "account",
            _("URI of the bot"),
            required=True,
            help=_("As in viber://pa?chatURI=…: customers have an id for each bot."),
        ),
        address_setting(API_BASE),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=2 * MAX_TEXT,
        max_attachments=10,
        max_attachment_bytes=FILE.max_bytes,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO, Content.FILE, Content.LOCATION, Content.CARD}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO, Content.FILE}),
        media=(IMAGE, VIDEO, FILE),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "auth_token"))

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.identity_scope(event.channel))

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "account")

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self._send(channel, to, {"type": "text", "text": outbound.text})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        message: dict[str, Any] = {
            "type": NAMES[sort.content],
            "media": address_of(outbound.attachments[0]),
            "text": "",
        }
        if sort is not IMAGE:
            message |= {"size": len(file.content), "file_name": file.name[-MAX_FILE_NAME:]}
        return self._send(channel, to, message)

    def _send(self, channel: Channel, to: str, message: dict[str, Any]) -> SendResult:
        return self.api(channel).send(to, self.word(channel, "sender_name")[:MAX_NAME], message)

    # Configuration

    def api(self, channel: Channel) -> ViberApi:
        return ViberApi(self.word(channel, "auth_token"), self.base(channel))

    def probe(self, channel: Channel) -> SendResult:
        return self.api(channel).account()
