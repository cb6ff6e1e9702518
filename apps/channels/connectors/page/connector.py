"""A page of our own on which a customer reads the conversation and answers; a text message brings them the link.

For when a platform takes no more answers. The text message says that there is something, and nothing of what it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.page.tokens import PageToken, handle_of, seal
from apps.channels.connectors.submission import SubmissionConnector, unpack
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
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel, InboundEvent
from apps.channels.reply_tokens import seal_ticket, ticket_of
from apps.core.clock import now

if TYPE_CHECKING:
    from apps.channels.contract import Connector


@registry.register
class PageConnector(SubmissionConnector):
    kind = "page"
    label = _("Secure page by text message")
    icon = "shield-check"
    arrival = Arrival.PUSH
    identity_kind = "phone"
    shows_conversation = True
    carrier_setting = "carrier"
    capabilities = Capabilities(
        can_start=True,
        attachments=False,
        max_length=20_000,
        receives=frozenset({Content.TEXT}),
        sends=frozenset({Content.TEXT}),
    )
    settings = (
        Setting(
            "carrier",
            _("Channel that sends the link"),
            required=True,
            help=_("The key of a channel for text messages."),
        ),
        Setting("lifetime_days", _("Days that a link is valid"), SettingType.INTEGER, default=3, minimum=1, maximum=30),
        Setting(
            "asks_proof",
            _("Ask for the last four digits of the phone"),
            SettingType.FLAG,
            default=True,
            help=_("Before anything is shown, so that a link that was passed on opens nothing."),
        ),
        Setting(
            "fallback_for",
            _("Stand in for these channels"),
            SettingType.LIST,
            default=(),
            help=_(
                "Keys of channels, one a line. When an answer there fails because the time is over or the recipient is"
                " gone, the customer gets a link to it by itself."
            ),
        ),
    )

    # In

    def parse(self, event: InboundEvent) -> Inbound:
        """The page knows the ticket: what proves it stands in the submission's thread."""
        return replace(super().parse(event), reply_token=unpack(event.payload).thread)

    # Out

    def sends_on(self, channel: Channel) -> bool:
        return bool(self.setting(channel, "carrier"))

    def reply_address_for(self, channel: Channel, *, ticket_id: int) -> str:
        return seal_ticket(ticket_id)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        found = self._carrier(channel)
        ticket_id = ticket_of(outbound.reply_to)
        if found is None or ticket_id is None or len(outbound.recipients.to) != 1:
            return SendResult.failed(FailureKind.MISCONFIGURED, "No channel for text messages carries the link.")
        connector, carrier = found
        return connector.send(self._notice(outbound, channel, ticket_id), carrier)

    def _notice(self, outbound: Outbound, channel: Channel, ticket_id: int) -> Outbound:
        """Carries nothing of the answer itself."""
        with translation.override(outbound.language or channel.default_language):
            text = gettext("%(brand)s: we have answered you. Read it and write back here: %(url)s") % {
                "brand": channel.brand.name,
                "url": self.link(channel, ticket_id=ticket_id, phone=outbound.recipients.to[0]),
            }
        return Outbound(
            client_key=outbound.client_key, recipients=outbound.recipients, text=text, language=outbound.language
        )

    def link(self, channel: Channel, *, ticket_id: int, phone: str) -> str:
        expires = now() + timedelta(days=int(self.setting(channel, "lifetime_days")))
        token = seal(PageToken(channel.pk, ticket_id, handle_of(self.identity_kind, phone), expires))
        return f"{settings.SITE_URL}{reverse('conversation:page')}?t={token}"

    def _carrier(self, channel: Channel) -> tuple[Connector, Channel] | None:
        carrier = Channel.objects.active().filter(key=str(self.setting(channel, "carrier"))).first()
        try:
            connector = None if carrier is None else registry.get(carrier.kind)
        except UnknownConnector:
            return None
        if carrier is None or connector is None or connector.kind == self.kind:
            return None
        fits = connector.identity_kind == self.identity_kind and connector.sends_on(carrier)
        return (connector, carrier) if fits else None

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        if self._carrier(channel) is None:
            return CheckResult(is_ok=False, message=_("There is no active channel for text messages with this key."))
        keys = set(self.setting(channel, "fallback_for") or ())
        if unknown := sorted(keys - set(Channel.objects.filter(key__in=keys).values_list("key", flat=True))):
            text = gettext("No channel to stand in for has this key: %(keys)s.") % {"keys": ", ".join(unknown)}
            return CheckResult(is_ok=False, message=text)
        return CheckResult(is_ok=True, message=_("The link goes out on that channel."))
