"""The company's own app, and whatever else speaks the protocol of `docs/api/app-protocol.md`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.app import messages, tokens
from apps.channels.connectors.app.clients import conversation_to
from apps.channels.connectors.app.tokens import KIND
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
from apps.channels.keys import key_of
from apps.customers.identities import register_kind

if TYPE_CHECKING:
    from apps.channels.models import Channel, Delivery, InboundEvent

MAX_TEXT: Final = 4000

register_kind(KIND, _("App user"), "smartphone")


@registry.register
class AppConnector(SubmissionConnector):
    kind = "app"
    label = _("Own app")
    icon = "smartphone"
    arrival = Arrival.PUSH
    identity_kind = KIND
    capabilities = Capabilities(
        reconciles=True,
        has_receipts=True,
        max_length=MAX_TEXT,
        max_attachments=10,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.FILE}),
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "algorithm",
            _("How the app's backend signs"),
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
        Setting(
            "takes_guests",
            _("Let people write without signing in"),
            SettingType.FLAG,
            default=False,
        ),
        Setting(
            "allowed_domains",
            _("Sites whose pages may use this channel"),
            SettingType.LIST,
            default=(),
            help=_("One origin a line, as https://www.example.com. Apps need none."),
        ),
        Setting("max_attachment_mb", _("Largest file (MB)"), SettingType.INTEGER, default=10, minimum=1, maximum=25),
        Setting(
            "away_seconds",
            _("Tell the app's backend that a message waits after (seconds)"),
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

    def identity_scope(self, channel: Channel) -> str:
        """Ids of one app mean nothing in another."""
        return channel.key

    # In

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
        return CheckResult(is_ok=True, message=_("Tokens of the app's backend can be checked."))


_MISSING: Final = {
    True: _("No secret of at least 32 characters is set, so that no user can sign in."),
    False: _("No public key is set, so that no user can sign in."),
}
