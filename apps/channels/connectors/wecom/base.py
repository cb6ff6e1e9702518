"""What both kinds of WeCom channels have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.wechat import crypto, push
from apps.channels.connectors.wechat.connector import MB, WechatConnector
from apps.channels.connectors.wechat.push import Agreed
from apps.channels.connectors.wecom import callbacks
from apps.channels.connectors.wecom.api import API_BASE, WecomApi
from apps.channels.contract import CheckResult, Content, Media, SendResult, Setting, SettingType, VerifiedInput
from apps.channels.enums import FailureKind
from apps.channels.platform_http import PlatformTrouble

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel

CORP_ID: Final = Setting("corp_id", _("Corp id"), required=True, help=_("Begins with ww; stands under My company."))
CALLBACK: Final = (
    Setting(
        "token",
        _("Token"),
        secret=True,
        required=True,
        help=_("Chosen by you: the same words here and in the console."),
    ),
    Setting(
        "aes_key",
        "EncodingAESKey",
        secret=True,
        required=True,
        help=_("43 letters and digits, from the console."),
    ),
)
API: Final = Setting(
    "api_base",
    _("Address of the platform's API"),
    SettingType.URL,
    default=API_BASE,
    help=_("Another one only for a gateway of your own."),
)

MEDIA: Final = (
    Media(Content.IMAGE, 10 * MB, ("image/jpeg", "image/png")),
    Media(Content.VOICE, 2 * MB, ("audio/amr",)),
    Media(Content.VIDEO, 10 * MB, ("video/mp4",)),
    Media(Content.FILE, 20 * MB),
)
"""Sizes from memory. What is no picture, recording or film for the platform goes out as a file."""


class WecomConnector(WechatConnector):
    icon = "briefcase"

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return callbacks.verify(request, self.agreed(channel))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return callbacks.answer(request, self.agreed(channel))

    # Configuration

    def identity_scope(self, channel: Channel) -> str:
        return self._word(channel, "corp_id")

    def agreed(self, channel: Channel) -> Agreed:
        corp_id, token, aes_key = (self._word(channel, key) for key in ("corp_id", "token", "aes_key"))
        return Agreed(corp_id, token, aes_key, push.AES)

    def api(self, channel: Channel) -> WecomApi:
        return WecomApi(*self.account(channel))

    def account(self, channel: Channel) -> tuple[str, str, str]:
        corp_id, secret, base = (self._word(channel, key) for key in ("corp_id", "secret", "api_base"))
        return corp_id, secret, base.rstrip("/")

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform lets us in, and whether what it sends could be read."""
        if not crypto.is_key(self.agreed(channel).aes_key):
            return CheckResult(is_ok=False, message=_("The EncodingAESKey must be 43 letters and digits."))
        try:
            self.api(channel).issue_token()
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_why(trouble.result))
        return CheckResult(is_ok=True, message=_("The platform accepts the corp id and the secret."))


def _why(result: SendResult) -> StrOrPromise:
    code = result.detail.partition(":")[0]
    if code == "60020":
        return _(
            "The platform does not know this server's address: add it to the trusted addresses of the application."
        )
    if code in {"40001", "40013"}:
        return _("The platform does not accept the corp id or the secret.")
    if result.failure == FailureKind.MISCONFIGURED and not code.lstrip("-").isdigit():
        return _("The address of the platform's API cannot be used.")
    return _("The platform did not answer as it should. Please try again.")
