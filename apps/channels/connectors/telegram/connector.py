"""Telegram: customers write to a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.bots.connector import BotConnector, address_setting
from apps.channels.connectors.telegram import messages, push
from apps.channels.connectors.telegram.api import API_BASE, TelegramApi
from apps.channels.connectors.telegram.messages import KIND, USER
from apps.channels.contract import Capabilities, Content, Media, Outbound, Parsed, SendResult, Setting, VerifiedInput
from apps.channels.enums import Region
from apps.channels.media import OutgoingMedia
from apps.channels.parts import UTF_16
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.models import Channel, InboundEvent

MB: Final = 1024 * 1024
MAX_TEXT: Final = 4096
"""Characters of one text (core.telegram.org/bots/api, sendMessage)."""

MAX_LENGTH: Final = 4 * MAX_TEXT

IMAGE: Final = Media(Content.IMAGE, 10 * MB, ("image/jpeg", "image/png", "image/webp"))
VOICE: Final = Media(Content.VOICE, 50 * MB, ("audio/ogg",))
VIDEO: Final = Media(Content.VIDEO, 50 * MB, ("video/mp4",))
FILE: Final = Media(Content.FILE, 50 * MB)

METHODS: Final = {
    Content.IMAGE: ("sendPhoto", "photo"),
    Content.VOICE: ("sendVoice", "voice"),
    Content.VIDEO: ("sendVideo", "video"),
    Content.FILE: ("sendDocument", "document"),
}

register_kind(USER, _("Telegram"), "send", FieldClass.HANDLE)


@registry.register
class TelegramConnector(BotConnector):
    kind = KIND
    region = Region.OTHER
    label = _("Telegram")
    identity_kind = USER
    icon = "send"
    text_bytes = 2 * MAX_TEXT
    text_encoding = UTF_16
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "bot_token",
            _("Token of the bot"),
            secret=True,
            required=True,
            help=_("From BotFather: digits, a colon, and letters."),
        ),
        Setting(
            "secret_token",
            _("Secret token"),
            secret=True,
            required=True,
            help=_("Chosen by you: 1 to 256 letters, digits, _ and -. The same words here and in setWebhook."),
        ),
        address_setting(API_BASE),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        max_attachments=10,
        max_attachment_bytes=FILE.max_bytes,
        receives=frozenset(
            {Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE, Content.LOCATION, Content.CARD}
        ),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=(IMAGE, VOICE, VIDEO, FILE),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "secret_token"), self.api(channel).bot_id)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    # Out

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self.api(channel).send("sendMessage", {**self._where(outbound, channel, to), "text": outbound.text})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        method, field = METHODS[sort.content]
        return self.api(channel).send_file(method, field, file, self._where(outbound, channel, to))

    def _where(self, outbound: Outbound, channel: Channel, to: str) -> dict[str, str]:
        connection = messages.business_connection(outbound, channel.pk, self.api(channel).bot_id)
        return {"chat_id": to, "business_connection_id": connection}

    # Configuration

    def api(self, channel: Channel) -> TelegramApi:
        return TelegramApi(self.word(channel, "bot_token"), self.base(channel))

    def probe(self, channel: Channel) -> SendResult:
        return self.api(channel).me()
