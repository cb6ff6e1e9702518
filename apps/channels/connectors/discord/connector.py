"""Direct messages to a Discord bot, and what names it in a server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.discord import gateway, messages, push
from apps.channels.connectors.discord.api import API_BASE, DiscordApi, Place
from apps.channels.connectors.discord.gateway import Gateway
from apps.channels.connectors.discord.messages import KIND, USER, Event
from apps.channels.contract import (
    Arrival,
    Capabilities,
    ChannelLease,
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
from apps.channels.parts import UTF_16, one_by_one
from apps.channels.platform_http import PlatformTrouble
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.connectors.documents import Document
    from apps.channels.models import Channel, InboundEvent

MAX_LENGTH: Final = 20_000
MAX_TEXT: Final = 2000
"""Characters of one message. A longer one goes out in pieces."""

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
"""Without a boosted server; from memory."""

register_kind(USER, "Discord", "gamepad-2", FieldClass.HANDLE)


@registry.register
class DiscordConnector(Connector):
    kind = KIND
    region = Region.US
    label = "Discord"
    arrival = Arrival.STREAM
    identity_kind = USER
    icon = "gamepad-2"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("bot_token", _("Bot token"), secret=True, required=True, help=_("Signs the bot in, for everything.")),
        Setting(
            "public_key",
            _("Public key of the app"),
            help=_("Proves commands, which come by a call. Without it none are taken in."),
        ),
        Setting(
            "hears",
            _("What is taken in from servers"),
            SettingType.CHOICE,
            default="mentions",
            choices=(
                ("mentions", _("What names the bot")),
                ("everything", _("Everything that is written where the bot is a member")),
            ),
            help=_("For everything, the content of messages has to be switched on for the app in the console."),
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

    def listen(self, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
        hears_everything = self.word(channel, "hears") == "everything"

        def item(document: Document, frame: bytes, bot: str) -> VerifiedInput | None:
            return messages.item(channel, document, frame, bot, hears_everything=hears_everything)

        intents = gateway.DIRECT_MESSAGES | gateway.GUILD_MESSAGES
        Gateway(
            channel,
            lease,
            stop,
            token=self.word(channel, "bot_token"),
            intents=intents | (gateway.MESSAGE_CONTENT if hears_everything else 0),
            address=self.api(channel).gateway_address,
            item=item,
        ).listen()

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "public_key"))

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(Event(messages.opened(event), event))

    # Out

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=2 * MAX_TEXT, encoding=UTF_16)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        api = self.api(channel)
        file = media.outgoing(outbound.attachments[0]) if outbound.attachments else None
        if outbound.attachments and file is None:
            return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
        try:
            place = _place(outbound, api)
            if place is None:
                return SendResult.failed(FailureKind.RECIPIENT_GONE, "no user to write to")
            return api.send(place, outbound.client_key, outbound.text, file)
        except PlatformTrouble as trouble:
            return trouble.result

    # Configuration

    def api(self, channel: Channel) -> DiscordApi:
        return DiscordApi(self.word(channel, "bot_token"), self.word(channel, "api_base").rstrip("/"))

    def check(self, channel: Channel) -> CheckResult:
        """Whether the platform knows the token."""
        try:
            result, _bot = self.api(channel).who_am_i()
        except PlatformTrouble as trouble:
            result = trouble.result
        if result.failure is None:
            return CheckResult(is_ok=True, message=_("The platform accepts the bot token."))
        if result.failure == FailureKind.REAUTHENTICATE:
            return CheckResult(is_ok=False, message=_("The platform does not accept the bot token."))
        if result.failure == FailureKind.MISCONFIGURED:
            return CheckResult(is_ok=False, message=_("The address of the platform's API cannot be used."))
        return CheckResult(is_ok=False, message=_("The platform did not answer as it should. Please try again."))


def _place(outbound: Outbound, api: DiscordApi) -> Place | None:
    """Where the customer wrote; after a command, between them and the bot."""
    place = messages.place_of(outbound)
    to = next(iter(outbound.recipients.to), "")
    return place if place is not None or not to else Place(api.direct_with(to))
