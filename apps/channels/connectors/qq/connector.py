"""A robot in QQ: alone with somebody, in groups, in guilds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.bots.connector import address_setting
from apps.channels.connectors.qq import messages, push
from apps.channels.connectors.qq.api import API_BASE, TOKEN_BASE, QqApi, Target
from apps.channels.connectors.qq.messages import KIND, OPENID, WINDOW
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
    VerifiedInput,
)
from apps.channels.enums import FailureKind
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.media import OutgoingMedia
    from apps.channels.models import Channel, InboundEvent
    from apps.channels.services.tokens import Issued

MB: Final = 1024 * 1024
QUOTA: Final = 5
MAX_LENGTH: Final = 4000
MAX_TEXT_BYTES: Final = 4000
"""Of one message; ours, like the sizes of files: the platform's documentation names none."""

IMAGE: Final = Media(Content.IMAGE, 10 * MB, ("image/jpeg", "image/png"))
VIDEO: Final = Media(Content.VIDEO, 10 * MB, ("video/mp4",))

register_kind(OPENID, _("QQ"), "bird", FieldClass.HANDLE)


@registry.register
class QqConnector(RobotConnector):
    kind = KIND
    label = _("QQ robot")
    arrival = Arrival.PUSH
    identity_kind = OPENID
    icon = "bird"
    text_bytes = MAX_TEXT_BYTES
    in_app_label = _("This message can be seen in the QQ app only.")
    remembers = timedelta(minutes=50)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("app_id", "AppID", required=True, help=_("Of the robot; stands in the platform's console.")),
        Setting(
            "app_secret",
            "AppSecret",
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform, and signs the app in."),
        ),
        address_setting(API_BASE),
        Setting(
            "token_base",
            _("Address for access tokens"),
            address_setting("").type,
            default=TOKEN_BASE,
            help=_("Some documents name another host, https://api.bot.qq.com."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        reconciles=True,
        max_length=MAX_LENGTH,
        max_attachments=QUOTA,
        max_attachment_bytes=10 * MB,
        reply_window=WINDOW,
        quota=QUOTA,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO}),
        media=(IMAGE, VIDEO),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "app_secret"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request, self.word(channel, "app_secret"))

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.word(event.channel, "app_id"))

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "app_id")

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        target = _target(outbound, channel)
        if isinstance(target, SendResult):
            return target
        return self.api(channel).send_text(target, outbound.text, outbound.client_key)

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        target, api = _target(outbound, channel), self.api(channel)
        if isinstance(target, SendResult):
            return target
        if not target.takes_files:
            return SendResult.failed(FailureKind.REJECTED, "The platform does not take files in guilds.")
        return api.send_media(target, api.upload(target, file, sort.content), outbound.client_key)

    # Configuration

    def api(self, channel: Channel) -> QqApi:
        bases = (self.base(channel), self.base(channel, "token_base"))
        return QqApi(self.word(channel, "app_id"), self.word(channel, "app_secret"), *bases)

    def sign_in(self, channel: Channel) -> Issued:
        return self.api(channel).issue_token()


def _target(outbound: Outbound, channel: Channel) -> Target | SendResult:
    """The platform takes answers only: to a message of the customer, for a while."""
    found = answered(outbound, channel, push.external_id)
    if found is None:
        return SendResult.failed(FailureKind.OUTSIDE_WINDOW, "There is no message of the customer to answer.")
    if messages.is_over(found[1]):
        return SendResult.failed(FailureKind.OUTSIDE_WINDOW, "The message is too old to be answered.")
    return messages.target_of(found[1])
