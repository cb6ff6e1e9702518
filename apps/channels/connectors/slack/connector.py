"""Direct messages and mentions of an app in a Slack workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.documents import part_of, text_of
from apps.channels.connectors.slack import messages, push
from apps.channels.connectors.slack.api import API_BASE, Place, SlackApi, result_of
from apps.channels.connectors.slack.messages import KIND, USER, Call, Profile
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    IdentityClaim,
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

MAX_LENGTH: Final = 40_000
MAX_TEXT_BYTES: Final = 4_000
"""Of one message: the platform takes 40,000 characters and advises 4,000."""

MAX_FILE_BYTES: Final = 25 * 1024 * 1024
"""Ours; the platform takes more."""

ASKS_FOR_NAME: Final = 3
"""So many attempts wait for a name; then the message comes without."""

register_kind(USER, _("Slack member"), "hash", FieldClass.HANDLE)


@registry.register
class SlackConnector(Connector):
    kind = KIND
    region = Region.US
    label = _("Slack")
    arrival = Arrival.PUSH
    identity_kind = USER
    icon = "hash"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "team_id",
            _("Workspace ID"),
            required=True,
            help=_("Begins with T. Calls about another workspace are set aside."),
        ),
        Setting(
            "signing_secret",
            _("Signing secret"),
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform."),
        ),
        Setting(
            "bot_token",
            _("Bot token"),
            secret=True,
            required=True,
            help=_("Begins with xoxb-; for answers, files and names."),
        ),
        Setting(
            "hears",
            _("What is taken in from channels"),
            SettingType.CHOICE,
            default="mentions",
            choices=(
                ("mentions", _("What names the app, and the thread that follows")),
                ("everything", _("Everything that is written where the app is a member")),
            ),
            help=_("Messages to the app itself always are."),
        ),
        Setting(
            "asks_names",
            _("Ask for the names of new customers"),
            SettingType.FLAG,
            default=True,
            help=_("Also asks for the e-mail address, where the app may see it."),
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
        max_attachments=10,
        max_attachment_bytes=MAX_FILE_BYTES,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "signing_secret"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        call = Call(
            document=messages.opened(event),
            row=event,
            api=self.api(event.channel),
            team=self.identity_scope(event.channel),
            hears_everything=self.word(event.channel, "hears") == "everything",
            profile=lambda user: self._profile(event, user),
        )
        return messages.parse(call)

    def _profile(self, event: InboundEvent, user: str) -> Profile:
        """Of somebody new; of those we know it was asked when they were."""
        team = self.identity_scope(event.channel)
        if not self.setting(event.channel, "asks_names") or _is_known(user, team):
            return Profile()
        try:
            return profile_of(self.api(event.channel).person(user), team)
        except PlatformTrouble:
            if event.attempts < ASKS_FOR_NAME:
                raise
            return Profile()

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "team_id")

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_TEXT_BYTES)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        api = self.api(channel)
        try:
            place = _place(outbound, api)
            if place is None:
                return SendResult.failed(FailureKind.RECIPIENT_GONE, "no member")
            if not outbound.attachments:
                return api.send_text(place, outbound.text)
            file = media.outgoing(outbound.attachments[0])
            if file is None:
                return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
            return api.send_file(place, file)
        except PlatformTrouble as trouble:
            return trouble.result

    # Configuration

    def api(self, channel: Channel) -> SlackApi:
        return SlackApi(self.word(channel, "bot_token"), self.word(channel, "api_base").rstrip("/"))

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform knows the token, and as one of this workspace."""
        try:
            told = self.api(channel).who_am_i()
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_unreachable(trouble.result))
        if result_of(told).failure is not None:
            return CheckResult(is_ok=False, message=_("The platform does not accept the bot token."))
        if text_of(told, "team_id") != self.identity_scope(channel):
            return CheckResult(is_ok=False, message=_("The bot token belongs to another workspace."))
        return CheckResult(is_ok=True, message=_("The platform accepts the bot token."))


def profile_of(person: dict[str, Any], team: str) -> Profile:
    """The address of a member is as good as the workspace's own word; of somebody from elsewhere anybody may have put it."""
    profile = part_of(person, "profile")
    names = (text_of(profile, "real_name"), text_of(profile, "display_name"), text_of(person, "name"))
    is_ours = text_of(person, "team_id") == team and person.get("is_stranger") is not True
    email = text_of(profile, "email")
    claims = (IdentityClaim("email", email, verified=is_ours),) if email else ()
    return Profile(next(filter(None, names), ""), claims)


def _place(outbound: Outbound, api: SlackApi) -> Place | None:
    """Where the customer wrote; after a command, or where that is no longer known, between them and the app."""
    place = messages.place_of(outbound)
    to = next(iter(outbound.recipients.to), "")
    if place is not None or not to:
        return place
    return Place(api.direct_with(to))


def _is_known(user: str, team: str) -> bool:
    known: Any = Identity.objects.handle(kind=USER, value=user, scope=team)
    return bool(known.exists())


def _unreachable(result: SendResult) -> Any:
    if result.failure == FailureKind.MISCONFIGURED:
        return _("The address of the platform's API cannot be used.")
    return _("The platform did not answer as it should. Please try again.")
