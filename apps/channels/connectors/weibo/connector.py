"""Private messages of a Weibo account (微博私信, 粉丝服务平台)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.weibo import messages, push
from apps.channels.connectors.weibo.api import API_BASE, UPLOAD_BASE, WeiboApi
from apps.channels.connectors.weibo.messages import KIND, UID
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.enums import FailureKind, Region
from apps.channels.parts import one_by_one
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.models import Channel, InboundEvent

WINDOW: Final = timedelta(hours=48)
"""After a message, without a count (open.weibo.com/wiki, customer service messages)."""

MAX_TEXT_BYTES: Final = 900
"""Of one text: 300 Chinese characters, from memory. A longer one goes out in pieces."""

MAX_LENGTH: Final = 3000

register_kind(UID, _("Weibo"), "at-sign", FieldClass.HANDLE)


@registry.register
class WeiboConnector(Connector):
    kind = KIND
    region = Region.MAINLAND
    label = _("Weibo private messages")
    arrival = Arrival.PUSH
    identity_kind = UID
    icon = "at-sign"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "app_secret",
            _("App secret"),
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform."),
        ),
        Setting(
            "access_token",
            _("Access token"),
            secret=True,
            required=True,
            help=_("Made for the account on the page of the fans' service; good for about a year."),
        ),
        Setting(
            "api_base",
            _("Address of the platform's API"),
            SettingType.URL,
            default=API_BASE,
            help=_("Another one only for a gateway of your own."),
        ),
        Setting(
            "upload_base",
            _("Address of the platform's files"),
            SettingType.URL,
            default=UPLOAD_BASE,
            help=_("Another one only for a gateway of your own."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        attachments=False,
        reply_window=WINDOW,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.LOCATION}),
        sends=frozenset({Content.TEXT}),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self._word(channel, "app_secret"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    # Out

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        to = next(iter(outbound.recipients.to), "")
        if not to:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no uid")
        if outbound.attachments:
            return SendResult.failed(FailureKind.REJECTED, "The platform does not take files.")
        return self.api(channel).send_text(to, outbound.text)

    # Configuration

    def api(self, channel: Channel) -> WeiboApi:
        token, base, upload = (self._word(channel, key) for key in ("access_token", "api_base", "upload_base"))
        return WeiboApi(token, base.rstrip("/"), upload.rstrip("/"))

    def _word(self, channel: Channel, key: str) -> str:
        """Without the white space that comes along when something is copied from a console."""
        return str(self.setting(channel, key) or "").strip()

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform knows the token."""
        result = self.api(channel).probe()
        if result.failure == FailureKind.REAUTHENTICATE:
            return CheckResult(is_ok=False, message=_("The platform does not accept the access token."))
        if result.detail.partition(":")[0].isdigit():
            return CheckResult(is_ok=True, message=_("The platform accepts the access token."))
        if result.failure == FailureKind.MISCONFIGURED:
            return CheckResult(is_ok=False, message=_("The address of the platform's API cannot be used."))
        return CheckResult(is_ok=False, message=_("The platform did not answer as it should. Please try again."))
