"""Direct messages of an account at X (Twitter)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.documents import text_of
from apps.channels.connectors.x import messages, push
from apps.channels.connectors.x.api import API_BASE, XApi
from apps.channels.connectors.x.messages import KIND, USER, Call
from apps.channels.connectors.x.oauth import Credentials
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

    from apps.channels.models import Channel, InboundEvent

MAX_LENGTH: Final = 10_000
MAX_TEXT_BYTES: Final = 10_000
"""Of one text, from memory."""

IMAGE: Final = Media(Content.IMAGE, 5 * 1024 * 1024, ("image/jpeg", "image/png", "image/webp"))
MOVING: Final = Media(Content.IMAGE, 15 * 1024 * 1024, ("image/gif",))
"""Sizes and types from memory."""

register_kind(USER, "X", "at-sign", FieldClass.HANDLE)


@registry.register
class XConnector(Connector):
    kind = KIND
    region = Region.US
    label = _("X direct messages")
    arrival = Arrival.PUSH
    identity_kind = USER
    icon = "at-sign"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "user_id", _("ID of the account"), required=True, help=_("A number; the name may change, it does not.")
        ),
        Setting("consumer_key", "Consumer key", required=True, help=_("Of the app; stands in the platform's console.")),
        Setting(
            "consumer_secret",
            "Consumer secret",
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform, and signs answers."),
        ),
        Setting(
            "access_token",
            _("Access token"),
            secret=True,
            required=True,
            help=_("Of the account, for OAuth 1.0a, with the right to direct messages. It does not run out."),
        ),
        Setting("access_token_secret", _("Secret of the access token"), secret=True, required=True),
        Setting(
            "api_base",
            _("Address of the platform's API"),
            SettingType.URL,
            default=API_BASE,
            help=_("Another one only for a gateway of your own."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=MAX_LENGTH,
        max_attachments=10,
        max_attachment_bytes=MOVING.max_bytes,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO}),
        sends=frozenset({Content.TEXT, Content.IMAGE}),
        media=(IMAGE, MOVING),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "consumer_secret"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request, self.word(channel, "consumer_secret"))

    def parse(self, event: InboundEvent) -> Parsed:
        account = self.word(event.channel, "user_id")
        return messages.parse(Call(messages.opened(event), event, self.api(event.channel), account))

    # Out

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        to = next(iter(outbound.recipients.to), "")
        if not to:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no account to write to")
        api = self.api(channel)
        try:
            if not outbound.attachments:
                return api.send(to, {"text": outbound.text})
            file = media.outgoing(outbound.attachments[0])
            if file is None:
                return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
            if not self.capabilities.carries(file.content_type, len(file.content)):
                return SendResult.failed(FailureKind.REJECTED, "The platform does not take such a file.")
            return api.send(to, {"attachments": [{"media_id": api.upload(file)}]})
        except PlatformTrouble as trouble:
            return trouble.result

    # Configuration

    def api(self, channel: Channel) -> XApi:
        key, secret, token, token_secret = (
            self.word(channel, name)
            for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        )
        base = self.word(channel, "api_base").rstrip("/")
        return XApi(Credentials(key, secret, token, token_secret), base)

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform knows the tokens, and as those of the account."""
        try:
            result, person = self.api(channel).who_am_i()
        except PlatformTrouble as trouble:
            result, person = trouble.result, {}
        if result.failure is None and text_of(person, "id") == self.word(channel, "user_id"):
            return CheckResult(is_ok=True, message=_("The platform accepts the tokens of the account."))
        return CheckResult(is_ok=False, message=_why(result))


def _why(result: SendResult) -> Any:
    if result.failure is None:
        return _("The tokens belong to another account.")
    if result.failure == FailureKind.REAUTHENTICATE:
        return _("The platform does not accept the keys and tokens.")
    if result.detail.startswith(("402", "403")):
        return _("The platform does not let the app do this: look at its rights and its credits.")
    if result.failure in (FailureKind.MISCONFIGURED, FailureKind.RECIPIENT_GONE):
        return _("The address of the platform's API cannot be used.")
    return _("The platform did not answer as it should. Please try again.")
