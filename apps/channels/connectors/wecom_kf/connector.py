"""WeCom Customer Service (微信客服): customers write in WeChat, the platform says that they did, and we fetch it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.wechat import crypto, push, wire
from apps.channels.connectors.wechat.connector import ASKS_FOR_UNION_ID, MAX_LENGTH, MB, QUOTA, WINDOW
from apps.channels.connectors.wechat.messages import UNIONID
from apps.channels.connectors.wechat.wire import NotADocument, text_of
from apps.channels.connectors.wecom.api import ServiceApi
from apps.channels.connectors.wecom.base import API, CALLBACK, CORP_ID, MEDIA, WecomConnector
from apps.channels.connectors.wecom_kf import messages, pulling
from apps.channels.connectors.wecom_kf.messages import EXTERNAL, Entry, Profile
from apps.channels.contract import (
    Arrival,
    Capabilities,
    Content,
    IdentityClaim,
    Ignored,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
)
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.models import Channel
from apps.channels.platform_http import PlatformTrouble
from apps.channels.services import health
from apps.customers.identities import register_kind
from apps.customers.models import Identity
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from apps.channels.contract import ChannelLease
    from apps.channels.models import Delivery, InboundEvent

register_kind(EXTERNAL, _("WeCom external contact"), "message-circle", FieldClass.HANDLE)


@registry.register
class ServiceConnector(WecomConnector):
    kind = "wecom_kf"
    label = _("WeCom Customer Service")
    icon = "message-circle"
    arrival = Arrival.HINT_THEN_PULL
    identity_kind = EXTERNAL
    poll_seconds = 1.0
    """How soon a hint is followed. The platform is asked only after one, and now and then without."""
    settings: ClassVar[tuple[Setting, ...]] = (
        CORP_ID,
        Setting(
            "open_kfid",
            _("Customer service account"),
            required=True,
            help=_("Begins with wk; stands on the page of the account."),
        ),
        Setting("secret", _("Secret of the application"), secret=True, required=True, help=_("For answers and files.")),
        *CALLBACK,
        Setting(
            "asks_names",
            _("Ask for the names of new customers"),
            SettingType.FLAG,
            default=True,
            help=_("Also asks for the unionid, which makes one customer of one person over this account and your"
                   " WeChat accounts."),
        ),
        API,
    )  # fmt: skip
    capabilities: ClassVar[Capabilities] = Capabilities(
        reconciles=True,
        has_receipts=True,
        max_length=MAX_LENGTH,
        max_attachments=QUOTA,
        max_attachment_bytes=20 * MB,
        reply_window=WINDOW,
        quota=QUOTA,
        receives=frozenset(set(Content) - {Content.TEMPLATE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=MEDIA,
    )

    # In

    def poll(self, channel: Channel, lease: ChannelLease) -> int:
        count = pulling.pull(channel, lease, self.api(channel))
        if count is None:
            return 0
        health.note_success(channel.pk)
        return count

    def parse(self, event: InboundEvent) -> Parsed:
        if not event.envelope.get("is_fetched"):
            return self._hear(event)
        try:
            entry = Entry(wire.read(bytes(event.payload)), event, self.api(event.channel))
        except NotADocument as error:
            raise Unreadable(reason=str(error)) from error
        return messages.parse(entry, kind=self.kind, profile=lambda sender: self._profile(entry, sender))

    def _hear(self, event: InboundEvent) -> Parsed:
        """A call carries no message: it says for which account there is one, which may be another channel's."""
        try:
            document = push.open_document(bytes(event.payload), self.agreed(event.channel))
        except (NotADocument, crypto.NotDecryptable) as error:
            raise Unreadable(reason=str(error)) from error
        if text_of(document, "Event") != "kf_msg_or_event":
            return Ignored("wecom.not_about_customers")
        account = text_of(document, "OpenKfId")
        for channel in self._channels_of(account, event.channel):
            pulling.note_hint(channel, account, text_of(document, "Token"))
        return Ignored("wecom.hint")

    def _channels_of(self, account: str, called: Channel) -> list[Channel]:
        """An application has one address for all its accounts, so one channel hears for the others as well."""
        corp_id = self._word(called, "corp_id")
        return [
            channel
            for channel in Channel.objects.active().filter(kind=self.kind)
            if (self._word(channel, "corp_id"), self._word(channel, "open_kfid")) == (corp_id, account)
        ]

    def _profile(self, entry: Entry, sender: str) -> Profile:
        """Of somebody new; of those we know it was asked when they were."""
        if not self.setting(entry.event.channel, "asks_names") or _is_known(sender, entry.api.app_id):
            return Profile()
        try:
            told = entry.api.person(sender)
        except PlatformTrouble:
            if entry.event.attempts < ASKS_FOR_UNION_ID:
                raise
            return Profile()
        union_id = text_of(told, "unionid")
        claims = (IdentityClaim(UNIONID, union_id, verified=True),) if union_id else ()
        return Profile(text_of(told, "nickname"), claims)

    # Out

    def api_for(self, outbound: Outbound, channel: Channel) -> ServiceApi:
        return replace(self.api(channel), message_id=message_id_of(outbound))

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        """Hands it over again under its id, which the platform takes once: either it was lost, or it is refused."""
        result = self.send(Outbound.from_payload(delivery.payload), channel)
        return result if result.state == DeliveryState.SENT else None

    # Configuration

    def api(self, channel: Channel) -> ServiceApi:
        return ServiceApi(*self.account(channel), open_kfid=self._word(channel, "open_kfid"))


def message_id_of(outbound: Outbound) -> str:
    """At most 32 letters and digits, always the same for one message."""
    return hashlib.sha256(outbound.client_key.encode()).hexdigest()[:32]


def _is_known(external_userid: str, corp_id: str) -> bool:
    known: Any = Identity.objects.handle(kind=EXTERNAL, value=external_userid, scope=corp_id)
    return bool(known.exists())
