"""Messages between an application in WeCom and the members of the company: the help desk for one's own staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.wechat import crypto, messages, push
from apps.channels.connectors.wechat.connector import MAX_LENGTH, MB
from apps.channels.connectors.wechat.messages import Push
from apps.channels.connectors.wechat.wire import NotADocument
from apps.channels.connectors.wecom.api import AppApi
from apps.channels.connectors.wecom.base import API, CALLBACK, CORP_ID, MEDIA, WecomConnector
from apps.channels.contract import Capabilities, Content, Parsed, Setting, SettingType
from apps.channels.errors import Unreadable
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from apps.channels.models import Channel, InboundEvent

USER_ID: Final = "wecom_userid"
MAX_FILES: Final = 9

register_kind(USER_ID, _("WeCom member"), "id-card", FieldClass.HANDLE)


@registry.register
class AppConnector(WecomConnector):
    kind = "wecom_app"
    label = _("WeCom application")
    identity_kind = USER_ID
    settings: ClassVar[tuple[Setting, ...]] = (
        CORP_ID,
        Setting(
            "agent_id",
            _("Agent id"),
            SettingType.INTEGER,
            required=True,
            minimum=1,
            help=_("The application's number in the console."),
        ),
        Setting("secret", _("Secret of the application"), secret=True, required=True, help=_("For answers and files.")),
        *CALLBACK,
        API,
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_length=MAX_LENGTH,
        max_attachments=MAX_FILES,
        max_attachment_bytes=20 * MB,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.LOCATION, Content.LINK}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=MEDIA,
    )

    def parse(self, event: InboundEvent) -> Parsed:
        try:
            document = push.open_document(bytes(event.payload), self.agreed(event.channel))
        except (NotADocument, crypto.NotDecryptable) as error:
            raise Unreadable(reason=str(error)) from error
        found = Push(document, event, self.api(event.channel))
        return messages.parse(found, kind=self.kind, sender_kind=USER_ID, claims=lambda sender: ())

    def api(self, channel: Channel) -> AppApi:
        return AppApi(*self.account(channel), agent_id=int(self.setting(channel, "agent_id") or 0))
