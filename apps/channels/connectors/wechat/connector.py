"""WeChat Official Account and customer messages of a WeChat Mini Program: one platform, two kinds of accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.wechat import crypto, messages, push
from apps.channels.connectors.wechat.api import API_BASE, WechatApi
from apps.channels.connectors.wechat.messages import OPENID, UNIONID, Push
from apps.channels.connectors.wechat.push import Agreed
from apps.channels.connectors.wechat.wire import NotADocument
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    IdentityClaim,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.enums import FailureKind, Region
from apps.channels.errors import Unreadable
from apps.channels.parts import one_by_one
from apps.channels.platform_http import PlatformTrouble
from apps.customers.identities import register_kind
from apps.customers.models import Identity
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel, InboundEvent

MB: Final = 1024 * 1024
WINDOW: Final = timedelta(hours=48)
QUOTA: Final = 5
"""Messages of ours for one of the customer's (developers.weixin.qq.com, Customer_Service_Messages)."""

MAX_TEXT_BYTES: Final = 2048
"""Of one text; from memory, the platform's list says only that 45002 is too long."""

MAX_LENGTH: Final = 2000
ASKS_FOR_UNION_ID: Final = 3
"""So many attempts wait for the answer who the sender is elsewhere; after that the message matters more."""

IMAGE: Final = Media(Content.IMAGE, 10 * MB, ("image/jpeg", "image/png", "image/gif", "image/bmp"))
VOICE: Final = Media(Content.VOICE, 2 * MB, ("audio/amr", "audio/mpeg"))
VIDEO: Final = Media(Content.VIDEO, 10 * MB, ("video/mp4",))
"""Sizes from memory; the platform refuses what is larger with 45001."""

SETTINGS: Final = (
    Setting("app_id", _("App id"), required=True, help=_("Begins with wx; stands in the platform's console.")),
    Setting(
        "app_secret",
        _("App secret"),
        secret=True,
        required=True,
        help=_("For answers and files. The console shows it once."),
    ),
    Setting(
        "token",
        _("Token"),
        secret=True,
        required=True,
        help=_("Chosen by you: the same words here and in the console."),
    ),
    Setting(
        "mode",
        _("Encryption of messages"),
        SettingType.CHOICE,
        required=True,
        default=push.AES,
        choices=(
            (push.AES, _("Encrypted or compatible (recommended)")),
            (push.PLAIN, _("Plain: the signature does not cover what is written")),
        ),
    ),
    Setting(
        "aes_key",
        "EncodingAESKey",
        secret=True,
        help=_("43 letters and digits, from the console. Needed unless messages come plain."),
    ),
    Setting(
        "api_base",
        _("Address of the platform's API"),
        SettingType.URL,
        default=API_BASE,
        help=_("Another one only for a gateway of your own."),
    ),
)

register_kind(OPENID, _("WeChat"), "message-circle", FieldClass.HANDLE)
register_kind(UNIONID, _("WeChat unionid"), "link", FieldClass.HANDLE)


class WechatConnector(Connector):
    """What both kinds of accounts have in common."""

    region = Region.MAINLAND
    arrival = Arrival.PUSH
    identity_kind = OPENID
    icon = "message-circle"
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.agreed(channel))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        try:
            document = push.open_document(bytes(event.payload), self.agreed(event.channel))
        except (NotADocument, crypto.NotDecryptable) as error:
            raise Unreadable(reason=str(error)) from error
        api = self.api(event.channel)
        found = Push(document, event, api)
        return messages.parse(found, kind=self.kind, claims=lambda sender: self.claims(event, api, sender))

    def claims(self, event: InboundEvent, api: WechatApi, sender: str) -> tuple[IdentityClaim, ...]:
        """Further handles of a sender that the platform vouches for."""
        return ()

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self._word(channel, "app_id")

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        to = next(iter(outbound.recipients.to), "")
        if not to:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no openid")
        api = self.api_for(outbound, channel)
        try:
            return self._send_file(outbound, api, to) if outbound.attachments else _send_text(outbound, api, to)
        except PlatformTrouble as trouble:
            return trouble.result

    def _send_file(self, outbound: Outbound, api: WechatApi, to: str) -> SendResult:
        file = media.outgoing(outbound.attachments[0])
        if file is None:
            return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
        sort = self.capabilities.media_for(file.content_type, len(file.content))
        if sort is None:
            return SendResult.failed(FailureKind.REJECTED, "The platform does not take such a file.")
        return api.send(to, str(sort.content), {"media_id": api.upload(file, sort.content)})

    def api_for(self, outbound: Outbound, channel: Channel) -> WechatApi:
        """The API as it hands this one over."""
        return self.api(channel)

    # Configuration

    def agreed(self, channel: Channel) -> Agreed:
        return Agreed(*(self._word(channel, key) for key in ("app_id", "token", "aes_key", "mode")))

    def api(self, channel: Channel) -> WechatApi:
        app_id, secret, base = (self._word(channel, key) for key in ("app_id", "app_secret", "api_base"))
        return WechatApi(app_id, secret, base.rstrip("/"))

    def _word(self, channel: Channel, key: str) -> str:
        """Without the white space that comes along when something is copied from a console."""
        return str(self.setting(channel, key) or "").strip()

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform lets us in, and whether what it sends could be read."""
        agreed = self.agreed(channel)
        if agreed.mode == push.AES and not crypto.is_key(agreed.aes_key):
            return CheckResult(is_ok=False, message=_("The EncodingAESKey must be 43 letters and digits."))
        try:
            self.api(channel).issue_token()
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_why(trouble.result))
        return CheckResult(is_ok=True, message=_("The platform accepts the app id and the secret."))


def _send_text(outbound: Outbound, api: WechatApi, to: str) -> SendResult:
    return api.send(to, "text", {"content": outbound.text})


def _why(result: SendResult) -> StrOrPromise:
    code = result.detail.partition(":")[0]
    if code == "40164":
        return _("The platform does not know this server's address: add it to the IP allow-list in the console.")
    if code in {"40013", "40125", "40001", "41002", "41004"}:
        return _("The platform does not accept the app id or the secret.")
    if result.failure == FailureKind.MISCONFIGURED and not code.lstrip("-").isdigit():
        return _("The address of the platform's API cannot be used.")
    return _("The platform did not answer as it should. Please try again.")


@registry.register
class OfficialAccountConnector(WechatConnector):
    kind = "wechat_oa"
    label = _("WeChat Official Account")
    settings = (
        *SETTINGS,
        Setting(
            "asks_union_id",
            _("Ask for the unionid of new senders"),
            SettingType.FLAG,
            default=False,
            help=_("Makes one customer of one person over this account and your mini programs. Needs an account that"
                   " is bound to the WeChat Open Platform and may read user information."),
        ),
    )  # fmt: skip
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        max_attachments=QUOTA,
        max_attachment_bytes=10 * MB,
        reply_window=WINDOW,
        quota=QUOTA,
        receives=frozenset(
            {Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.LOCATION, Content.LINK, Content.CARD}
        ),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO}),
        media=(IMAGE, VOICE, VIDEO),
    )

    def claims(self, event: InboundEvent, api: WechatApi, sender: str) -> tuple[IdentityClaim, ...]:
        """The unionid of somebody new; of those we know it was asked when they were."""
        if not self.setting(event.channel, "asks_union_id") or _is_known(sender, api.app_id):
            return ()
        try:
            union_id = api.union_id(sender)
        except PlatformTrouble:
            if event.attempts < ASKS_FOR_UNION_ID:
                raise
            return ()
        return (IdentityClaim(UNIONID, union_id, verified=True),) if union_id else ()


@registry.register
class MiniProgramConnector(WechatConnector):
    kind = "wechat_mini"
    label = _("WeChat Mini Program")
    icon = "smartphone"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        max_attachments=QUOTA,
        max_attachment_bytes=10 * MB,
        reply_window=WINDOW,
        quota=QUOTA,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.CARD}),
        sends=frozenset({Content.TEXT, Content.IMAGE}),
        media=(IMAGE,),
    )


def _is_known(openid: str, app_id: str) -> bool:
    known: Any = Identity.objects.handle(kind=OPENID, value=openid, scope=app_id)
    return bool(known.exists())
