"""A robot in Feishu (飞书), or in Lark, which differs by its address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.feishu import messages, push
from apps.channels.connectors.feishu.api import API_BASE, FeishuApi
from apps.channels.connectors.feishu.messages import KIND, OPEN_ID, UNION_ID
from apps.channels.connectors.feishu.push import Agreed
from apps.channels.connectors.workplace.base import RobotConnector, answered
from apps.channels.contract import (
    Arrival,
    Capabilities,
    Content,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from apps.channels.media import OutgoingMedia
    from apps.channels.models import Channel, InboundEvent
    from apps.channels.services.tokens import Issued

MB: Final = 1024 * 1024
MAX_TEXT_BYTES: Final = 20_000
"""Of one message; from memory, like the sizes of files."""

MAX_LENGTH: Final = 20_000
REMEMBERED: Final = timedelta(minutes=50)
"""The platform knows a repetition for an hour (from memory); so long an unknown outcome is found out by repeating."""

MEDIA: Final = (
    Media(Content.IMAGE, 10 * MB, ("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff")),
    Media(Content.VOICE, 30 * MB, ("audio/opus",)),
    Media(Content.VIDEO, 30 * MB, ("video/mp4",)),
    Media(Content.FILE, 30 * MB),
)
MESSAGE_TYPES: Final = {Content.VOICE: "audio", Content.VIDEO: "media", Content.FILE: "file"}

register_kind(OPEN_ID, _("Feishu"), "feather", FieldClass.HANDLE)
register_kind(UNION_ID, _("Feishu union id"), "link", FieldClass.HANDLE)


@registry.register
class FeishuConnector(RobotConnector):
    kind = KIND
    label = _("Feishu / Lark robot")
    arrival = Arrival.PUSH
    identity_kind = OPEN_ID
    icon = "feather"
    text_bytes = MAX_TEXT_BYTES
    remembers = REMEMBERED
    in_app_label = _("This message can be seen in the Feishu app only.")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("app_id", "App ID", required=True, help=_("Begins with cli_; stands with the app's credentials.")),
        Setting("app_secret", "App Secret", secret=True, required=True, help=_("For answers and files.")),
        Setting(
            "verification_token",
            "Verification Token",
            secret=True,
            required=True,
            help=_("From the console, under event subscriptions."),
        ),
        Setting(
            "encrypt_key",
            "Encrypt Key",
            secret=True,
            help=_("From the same page. With it every call is encrypted and signed; enter one in the console."),
        ),
        Setting(
            "api_base",
            _("Address of the platform's API"),
            SettingType.URL,
            default=API_BASE,
            help=_("For Lark https://open.larksuite.com."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        can_start=True,
        reconciles=True,
        has_receipts=True,
        max_length=MAX_LENGTH,
        max_attachment_bytes=30 * MB,
        receives=frozenset(
            {
                Content.TEXT,
                Content.IMAGE,
                Content.VOICE,
                Content.VIDEO,
                Content.FILE,
                Content.LOCATION,
                Content.LINK,
                Content.CARD,
            }
        ),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=MEDIA,
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.agreed(channel))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request, self.agreed(channel))

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "app_id")

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self._deliver(outbound, channel, to, "text", {"text": outbound.text})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        api = self.api(channel)
        if sort.content == Content.IMAGE:
            return self._deliver(outbound, channel, to, "image", {"image_key": api.upload_image(file)})
        kind = MESSAGE_TYPES[sort.content]
        return self._deliver(outbound, channel, to, kind, {"file_key": api.upload_file(file)})

    def _deliver(
        self, outbound: Outbound, channel: Channel, to: str, kind: str, content: Mapping[str, Any]
    ) -> SendResult:
        """What was asked in a group is answered there, below the question; else it goes to the person."""
        api, found = self.api(channel), answered(outbound, channel, push.external_id)
        if found is not None and not messages.chat_of(found[1])[1]:
            return api.reply(found[0], kind, content, outbound.client_key)
        return api.send(to, kind, content, outbound.client_key)

    # Configuration

    def agreed(self, channel: Channel) -> Agreed:
        return Agreed(self.word(channel, "verification_token"), self.word(channel, "encrypt_key"))

    def api(self, channel: Channel) -> FeishuApi:
        return FeishuApi(self.word(channel, "app_id"), self.word(channel, "app_secret"), self.base(channel))

    def sign_in(self, channel: Channel) -> Issued:
        return self.api(channel).issue_token()
