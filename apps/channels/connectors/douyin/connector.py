"""Private messages of a Douyin account (抖音私信)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.douyin import messages, push
from apps.channels.connectors.douyin.api import API_BASE, Answered, DouyinApi
from apps.channels.connectors.douyin.messages import IN_APP, KIND, OPEN_ID
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.enums import FailureKind, Region
from apps.channels.parts import one_by_one
from apps.channels.platform_http import PlatformTrouble
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel, InboundEvent

WINDOW: Final = timedelta(hours=24)
"""So long a message of the customer may be answered (developer.open-douyin.com, send-msg)."""

QUOTA: Final = 6
"""Answers to one message of the customer; from third-party code, not checked on the console."""

MAX_LENGTH: Final = 1000
MAX_TEXT_BYTES: Final = 3 * MAX_LENGTH
"""Of one text; from third-party code as well."""

IMAGE: Final = Media(Content.IMAGE, 10 * 1024 * 1024, ("image/jpeg", "image/png"))
"""Size and types from memory."""

TEXT_TYPE: Final = 1
IMAGE_TYPE: Final = 2

register_kind(OPEN_ID, _("Douyin"), "music-2", FieldClass.HANDLE)


@registry.register
class DouyinConnector(Connector):
    kind = KIND
    region = Region.MAINLAND
    label = _("Douyin private messages")
    arrival = Arrival.PUSH
    identity_kind = OPEN_ID
    icon = "music-2"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("client_key", "Client key", required=True, help=_("Of the app; stands in the platform's console.")),
        Setting(
            "client_secret",
            "Client secret",
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform, and signs the app in."),
        ),
        Setting(
            "open_id",
            _("open_id of the account"),
            required=True,
            help=_("The authorisation of the account gives it, together with the refresh token."),
        ),
        Setting(
            "refresh_token",
            _("Refresh token of the account"),
            secret=True,
            required=True,
            help=_("Good for 30 days; then the owner of the account authorises the app again."),
        ),
        Setting(
            "api_base",
            _("Address of the platform's API"),
            SettingType.URL,
            default=API_BASE,
            help=_("Another one only for a gateway of your own."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        max_attachments=QUOTA,
        max_attachment_bytes=IMAGE.max_bytes,
        reply_window=WINDOW,
        quota=QUOTA,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO, Content.CARD}),
        sends=frozenset({Content.TEXT, Content.IMAGE}),
        media=(IMAGE,),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self._word(channel, "client_secret"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    def notice_label(self, code: str) -> StrOrPromise:
        if code == IN_APP:
            return _("This message can be seen in the Douyin app only.")
        return super().notice_label(code)

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self._word(channel, "client_key")

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        to = next(iter(outbound.recipients.to), "")
        if not to:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no open_id")
        answered = messages.answered(outbound, channel.pk)
        if answered is None:
            return SendResult.failed(FailureKind.OUTSIDE_WINDOW, "There is no message of the customer to answer.")
        api = self.api(channel)
        try:
            if outbound.attachments:
                return self._send_file(outbound, api, to, answered)
            return api.send(to, answered, {"msg_type": TEXT_TYPE, "text": {"text": outbound.text}})
        except PlatformTrouble as trouble:
            return trouble.result

    def _send_file(self, outbound: Outbound, api: DouyinApi, to: str, answered: Answered) -> SendResult:
        file = media.outgoing(outbound.attachments[0])
        if file is None:
            return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
        if not self.capabilities.carries(file.content_type, len(file.content)):
            return SendResult.failed(FailureKind.REJECTED, "The platform does not take such a file.")
        return api.send(to, answered, {"msg_type": IMAGE_TYPE, "image": {"media_id": api.upload(file)}})

    # Configuration

    def api(self, channel: Channel) -> DouyinApi:
        key, secret, open_id, refresh, base = (
            self._word(channel, name)
            for name in ("client_key", "client_secret", "open_id", "refresh_token", "api_base")
        )
        return DouyinApi(key, secret, open_id, refresh, base.rstrip("/"))

    def _word(self, channel: Channel, key: str) -> str:
        """Without the white space that comes along when something is copied from a console."""
        return str(self.setting(channel, key) or "").strip()

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform lets the app and the account in."""
        api = self.api(channel)
        try:
            api.issue_app_token()
            api.issue_account_token()
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_why(trouble.result))
        return CheckResult(is_ok=True, message=_("The platform accepts the app and the account."))


def _why(result: SendResult) -> StrOrPromise:
    has_code = result.detail.partition(":")[0].isdigit()
    if result.failure == FailureKind.MISCONFIGURED and has_code:
        return _("The platform does not accept the client key or the secret.")
    if result.failure == FailureKind.MISCONFIGURED:
        return _("The address of the platform's API cannot be used.")
    if result.failure == FailureKind.REAUTHENTICATE:
        return _(
            "The platform does not accept the refresh token: the owner of the account must authorise the app again."
        )
    return _("The platform did not answer as it should. Please try again.")
