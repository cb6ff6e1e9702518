"""What every kind of channel has in common that speaks the protocol of `docs/api/app-protocol.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.protocol import messages, tokens
from apps.channels.connectors.protocol.clients import Client, conversation_to
from apps.channels.connectors.submission import Submission, SubmissionConnector
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Content,
    Inbound,
    Outbound,
    SendResult,
    Setting,
    SettingType,
)
from apps.channels.enums import FailureKind
from apps.channels.errors import ChannelInactive
from apps.channels.keys import key_of
from apps.channels.selectors.public import open_channel

if TYPE_CHECKING:
    from apps.channels.models import Channel, ClientConversation, ClientMessage, Delivery, InboundEvent

MAX_TEXT: Final = 4000

SIGNING: Final = (
    Setting(
        "algorithm",
        _("How your backend signs"),
        SettingType.CHOICE,
        required=True,
        default="HS256",
        choices=(
            ("HS256", _("HS256, with a secret that both know")),
            ("RS256", _("RS256, with a key pair of the backend's")),
            ("EdDSA", _("EdDSA, with a key pair of the backend's")),
        ),
    ),
    Setting(
        "secret",
        _("Secret"),
        secret=True,
        help=_("For HS256: at least 32 characters that nobody can guess."),
    ),
    Setting(
        "takes_previous_secret",
        _("Accept the previous secret too"),
        SettingType.FLAG,
        default=False,
        help=_("While the backend changes over to a new one."),
    ),
    Setting("previous_secret", _("Previous secret"), secret=True),
    Setting(
        "public_keys",
        _("Public keys of the backend"),
        SettingType.LONG_TEXT,
        default="",
        help=_("For RS256 and EdDSA: one or several, in PEM (BEGIN PUBLIC KEY). Each of them is accepted."),
    ),
    Setting(
        "issuer",
        _("Issuer (iss)"),
        default="",
        help=_("What tokens must name as their issuer. Empty: the key of this channel."),
    ),
)

LIMITS: Final = (
    Setting("max_attachment_mb", _("Largest file (MB)"), SettingType.INTEGER, default=10, minimum=1, maximum=25),
    Setting(
        "away_seconds",
        _("Tell your backend that a message waits after (seconds)"),
        SettingType.INTEGER,
        default=10,
        minimum=1,
        maximum=3600,
        help=_("So that it can push a notice to the phone. By the event app.message_waiting."),
    ),
    Setting(
        "messages_per_minute",
        _("Messages a minute from one user"),
        SettingType.INTEGER,
        default=30,
        minimum=1,
    ),
    Setting(
        "hourly_guests_per_network",
        _("New guests an hour from one network address"),
        SettingType.INTEGER,
        default=60,
        minimum=1,
    ),
)


class ProtocolConnector(SubmissionConnector):
    """A subclass declares `SIGNING`, `LIMITS`, `takes_guests` and `allowed_domains` among its settings."""

    arrival = Arrival.PUSH
    capabilities = Capabilities(
        reconciles=True,
        has_receipts=True,
        max_length=MAX_TEXT,
        max_attachments=10,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.FILE, Content.CARD}),
    )
    commands: ClassVar[frozenset[str]] = frozenset()
    """What its clients may say over the socket beyond the protocol; `perform` does it."""
    signals: ClassVar[frozenset[str]] = frozenset()
    """Kinds of hints that its open sockets pass on as they are, such as that somebody types."""

    def identity_scope(self, channel: Channel) -> str:
        """Ids of one channel mean nothing in another."""
        return channel.key

    # In

    def submitted(self, submission: Submission, message: ClientMessage) -> Submission:
        """As what a message goes into the inbox. Called under the lock of the message's conversation."""
        return submission

    def answered(self, message: ClientMessage) -> None:
        """An answer became a line of its conversation. Called under the conversation's lock."""

    def progress(self, conversations: Sequence[ClientConversation]) -> Mapping[int, dict[str, Any]]:
        """By conversation: how far it has come and how it stands, beyond what the protocol tells of it.

        All open sockets ask it again and again, and together.
        """
        return {conversation.pk: {} for conversation in conversations}

    def perform(self, command: str, client: Client, data: Any) -> dict[str, Any]:
        """Does one of `commands` and gives the answer. Raises what a service raises."""
        raise NotImplementedError

    def parse(self, event: InboundEvent) -> Inbound:
        """What a client says about itself decides nothing here: it stays beside the message."""
        return replace(super().parse(event), fields={})

    def envelope(self, event: InboundEvent, submission: Submission) -> dict[str, Any]:
        device = event.envelope.get("device", "")
        return {
            **({"context": submission.fields} if submission.fields else {}),
            **({"device": device} if device else {}),
        }

    def thread_key(self, event: InboundEvent, submission: Submission) -> bytes:
        return key_of(self.kind, "conversation", submission.thread)

    # Out

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        """Handing over is writing into the log. That a client has it, its receipt says."""
        to = next(iter(outbound.recipients.to), "")
        conversation = conversation_to(channel, to)
        if conversation is None:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no such user")
        return SendResult.sent(messages.tell(channel, conversation, outbound).public_id)

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        message = messages.told(channel, delivery.client_key)
        return SendResult.sent(message.public_id) if message is not None else SendResult.retry_later("not in the log")

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        """Whether tokens can be believed at all; there is nobody to call."""
        if not tokens.keys_of(channel):
            guests = bool(self.setting(channel, "takes_guests"))
            return CheckResult(is_ok=guests, message=_MISSING[str(self.setting(channel, "algorithm")) == "HS256"])
        if not tokens.are_usable(channel):
            return CheckResult(is_ok=False, message=_("A public key is not one for the chosen way to sign."))
        return CheckResult(is_ok=True, message=_("Tokens of the backend can be checked."))


_MISSING: Final = {
    True: _("No secret of at least 32 characters is set, so that no user can sign in."),
    False: _("No public key is set, so that no user can sign in."),
}


def protocol_of(channel: Channel) -> ProtocolConnector:
    """Raises ChannelInactive (a 404) where a channel does not speak the protocol."""
    connector = registry.get(channel.kind)
    if not isinstance(connector, ProtocolConnector):
        raise ChannelInactive
    return connector


def client_channel(key: str) -> Channel:
    """The open channel that a client's address names. Raises ChannelInactive."""
    channel = open_channel(key=key)
    protocol_of(channel)
    return channel
