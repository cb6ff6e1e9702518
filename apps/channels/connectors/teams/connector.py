"""Conversations with an app (a bot) in Microsoft Teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.documents import text_of
from apps.channels.connectors.teams import messages, push
from apps.channels.connectors.teams.api import (
    API_BASE,
    LOGIN_BASE,
    OPENID_BASE,
    TeamsApi,
    picture_content,
    text_content,
)
from apps.channels.connectors.teams.messages import KIND, MEMBER, Call
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
from apps.channels.parts import one_by_one
from apps.channels.platform_http import PlatformTrouble
from apps.customers.identities import register_kind
from apps.customers.models import Identity
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.models import Channel, InboundEvent

MAX_LENGTH: Final = 20_000
MAX_TEXT_BYTES: Final = 20_000
"""Of one message; the platform takes about 100 KB with all that stands around it, from memory."""

PICTURE: Final = Media(Content.IMAGE, 1024 * 1024, ("image/png", "image/jpeg", "image/gif"))
"""Size and types from memory."""

ASKS_FOR_ADDRESS: Final = 3
"""So many attempts wait for an address; then the message comes without."""

register_kind(MEMBER, _("Teams member"), "users", FieldClass.HANDLE)


@registry.register
class TeamsConnector(Connector):
    kind = KIND
    region = Region.OTHER
    label = _("Microsoft Teams")
    arrival = Arrival.PUSH
    identity_kind = MEMBER
    icon = "users"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "app_id", _("App ID"), required=True, help=_("Of the bot; calls that are meant for another are refused.")
        ),
        Setting("app_secret", _("Client secret"), secret=True, required=True, help=_("Signs the app in, for answers.")),
        Setting("tenant_id", _("Tenant ID"), required=True, help=_("Of the organization to which the app belongs.")),
        Setting(
            "asks_addresses",
            _("Ask for the e-mail addresses of new customers"),
            SettingType.FLAG,
            default=True,
            help=_("One from your own organization makes one customer of one person."),
        ),
        Setting(
            "api_base",
            _("Address of the platform's API"),
            SettingType.URL,
            default=API_BASE,
            help=_("Each message names the address of its answer; only addresses below this one are called."),
        ),
        Setting(
            "login_base",
            _("Address of the platform's sign-in"),
            SettingType.URL,
            default=LOGIN_BASE,
            help=_("Another one only for a gateway of your own."),
        ),
        Setting(
            "openid_base",
            _("Address of the platform's keys"),
            SettingType.URL,
            default=OPENID_BASE,
            help=_("The keys prove that a call comes from the platform."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=MAX_LENGTH,
        max_attachments=10,
        max_attachment_bytes=PICTURE.max_bytes,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE}),
        media=(PICTURE,),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        openid_base = self.word(channel, "openid_base").rstrip("/")
        return push.verify(request, app_id=self.word(channel, "app_id"), openid_base=openid_base)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(Call(messages.opened(event), event, self.api(event.channel), self._claims))

    def _claims(self, call: Call) -> tuple[IdentityClaim, ...]:
        """Of somebody new; of those we know it was asked when they were."""
        if not self.setting(call.row.channel, "asks_addresses") or _is_known(call.user, call.api.tenant):
            return ()
        try:
            member = call.api.member(call.reference, text_of(call.sender, "id"))
        except PlatformTrouble:
            if call.row.attempts < ASKS_FOR_ADDRESS:
                raise
            return ()
        return _addresses(member, call.api.tenant)

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "tenant_id")

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        about = messages.reference_of(outbound)
        if about is None:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no message of the customer to answer")
        content = text_content(outbound.text)
        if outbound.attachments:
            file = media.outgoing(outbound.attachments[0])
            if file is None:
                return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
            if not self.capabilities.carries(file.content_type, len(file.content)):
                return SendResult.failed(FailureKind.REJECTED, "The platform does not take such a file.")
            content = picture_content(file)
        try:
            return self.api(channel).send(about, content)
        except PlatformTrouble as trouble:
            return trouble.result

    # Configuration

    def api(self, channel: Channel) -> TeamsApi:
        app_id, secret, tenant, base, login = (
            self.word(channel, key) for key in ("app_id", "app_secret", "tenant_id", "api_base", "login_base")
        )
        return TeamsApi(app_id, secret, tenant, base.rstrip("/"), login.rstrip("/"))

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform lets the app in."""
        try:
            self.api(channel).issue_token()
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_why(trouble.result))
        return CheckResult(is_ok=True, message=_("The platform accepts the app."))


def _addresses(member: dict[str, Any], tenant: str) -> tuple[IdentityClaim, ...]:
    """The word of the own organization counts; that of a guest's does not."""
    email = text_of(member, "email")
    is_ours = bool(tenant) and text_of(member, "tenantId") == tenant
    return (IdentityClaim("email", email, verified=is_ours),) if email else ()


def _is_known(user: str, tenant: str) -> bool:
    known: Any = Identity.objects.handle(kind=MEMBER, value=user, scope=tenant)
    return bool(known.exists())


def _why(result: SendResult) -> Any:
    if result.failure != FailureKind.MISCONFIGURED:
        return _("The platform did not answer as it should. Please try again.")
    if result.detail.endswith("the app is not let in"):
        return _("The platform does not accept the app ID, the secret or the tenant.")
    return _("The address of the platform's API cannot be used.")
