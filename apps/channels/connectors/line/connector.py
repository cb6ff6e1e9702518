"""LINE: customers write to an official account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.bots.connector import BotConnector, address_setting
from apps.channels.connectors.line import messages, push
from apps.channels.connectors.line.api import API_BASE, DATA_BASE, STALE_TOKEN, LineApi
from apps.channels.connectors.line.messages import KIND, USER
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

MAX_TEXT: Final = 5000
"""UTF-16 units of one text (developers.line.biz, Messaging API reference)."""

IMAGE: Final = Media(Content.IMAGE, 1024 * 1024, ("image/jpeg", "image/png"))
"""By address, which serves as its preview as well; size and types of previews from memory."""

register_kind(USER, _("LINE"), "message-circle-more", FieldClass.HANDLE)


@registry.register
class LineConnector(BotConnector):
    kind = KIND
    region = Region.JAPAN
    label = _("LINE")
    identity_kind = USER
    icon = "message-circle-more"
    text_bytes = 2 * MAX_TEXT
    text_encoding = UTF_16
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("channel_id", _("Channel ID"), required=True, help=_("Of the Messaging API channel, a number.")),
        Setting(
            "channel_secret",
            _("Channel secret"),
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform, and signs the channel in."),
        ),
        address_setting(API_BASE),
        address_setting(DATA_BASE, "data_base", _("Address of the platform's files")),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=4 * MAX_TEXT,
        max_attachments=10,
        max_attachment_bytes=IMAGE.max_bytes,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE, Content.LOCATION}),
        sends=frozenset({Content.TEXT, Content.IMAGE}),
        media=(IMAGE,),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "channel_secret"))

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    # Out

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self._send(outbound, channel, to, {"type": "text", "text": outbound.text})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        link = address_of(outbound.attachments[0])
        return self._send(outbound, channel, to, {"type": "image", "originalContentUrl": link, "previewImageUrl": link})

    def _send(self, outbound: Outbound, channel: Channel, to: str, message: dict[str, str]) -> SendResult:
        """An answer within a minute of the question costs nothing; any other one counts against the plan."""
        api, token = self.api(channel), messages.reply_token(outbound, channel.pk)
        if token:
            result = api.reply(token, message)
            if STALE_TOKEN not in result.detail.lower():
                return result
        return api.push(to, message, outbound.client_key)

    # Configuration

    def api(self, channel: Channel) -> LineApi:
        return LineApi(
            self.word(channel, "channel_id"),
            self.word(channel, "channel_secret"),
            self.base(channel),
            self.base(channel, "data_base"),
        )

    def probe(self, channel: Channel) -> SendResult:
        return self.api(channel).account()
