"""WhatsApp Cloud API: customers write to a number of the company's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.documents import Document, rows_of, text_of
from apps.channels.connectors.meta.connector import MB, WINDOW, MetaConnector, meta_settings
from apps.channels.connectors.meta.graph import result_of
from apps.channels.connectors.whatsapp import messages
from apps.channels.connectors.whatsapp.messages import KIND, PARENT, USER
from apps.channels.contract import (
    Capabilities,
    Content,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    VerifiedInput,
)
from apps.channels.media import OutgoingMedia
from apps.channels.parts import UTF_16
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from apps.channels.models import Channel, InboundEvent

MAX_TEXT: Final = 4096
"""Characters of one text (developers.facebook.com, WhatsApp messages)."""

IMAGE: Final = Media(Content.IMAGE, 5 * MB, ("image/jpeg", "image/png"))
VOICE: Final = Media(Content.VOICE, 16 * MB, ("audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"))
VIDEO: Final = Media(Content.VIDEO, 16 * MB, ("video/mp4", "video/3gpp"))
FILE: Final = Media(Content.FILE, 64 * MB)
"""Sizes and types from memory. The platform takes documents of 100 MB, more than is worth holding in memory here."""

NAMES: Final = {Content.IMAGE: "image", Content.VOICE: "audio", Content.VIDEO: "video", Content.FILE: "document"}

_SCOPED_ID: Final = re.compile(r"[A-Z]{2}\..+")

register_kind(USER, _("WhatsApp"), "phone-call", FieldClass.HANDLE)
register_kind(PARENT, _("WhatsApp (portfolio)"), "link", FieldClass.HANDLE)


@registry.register
class WhatsappConnector(MetaConnector):
    kind = KIND
    label = _("WhatsApp")
    identity_kind = USER
    icon = "phone-call"
    text_bytes = 2 * MAX_TEXT
    text_encoding = UTF_16
    settings: ClassVar[tuple[Setting, ...]] = meta_settings(
        Setting(
            "phone_number_id",
            _("Phone number ID"),
            required=True,
            help=_("Of the number in the platform's console; not the number itself."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=4 * MAX_TEXT,
        max_attachments=10,
        max_attachment_bytes=FILE.max_bytes,
        reply_window=WINDOW,
        receives=frozenset(
            {Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE, Content.LOCATION, Content.CARD}
        ),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=(IMAGE, VOICE, VIDEO, FILE),
    )

    # In

    def items(self, call: Document) -> list[VerifiedInput]:
        return list(messages.items(call))

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.graph(event.channel), self.word(event.channel, "phone_number_id"))

    # Out

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self._send(outbound, channel, to, "text", {"body": outbound.text, "preview_url": False})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        file_id = self.graph(channel).uploaded(
            f"{self.word(channel, 'phone_number_id')}/media",
            "id",
            data={"messaging_product": "whatsapp", "type": file.content_type},
            files={"file": (file.name, file.content, file.content_type)},
        )
        content = {"id": file_id, **({"filename": file.name} if sort is FILE else {})}
        return self._send(outbound, channel, to, NAMES[sort.content], content)

    def _send(self, outbound: Outbound, channel: Channel, to: str, kind: str, content: dict[str, Any]) -> SendResult:
        """The key comes back with each report, so that a message whose answer was lost is known by it."""
        document = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient" if _SCOPED_ID.fullmatch(to) else "to": to,
            "type": kind,
            kind: content,
            "biz_opaque_callback_data": outbound.client_key,
        }
        answered = self.graph(channel).post(f"{self.word(channel, 'phone_number_id')}/messages", document).json()
        result = result_of(answered)
        sent = rows_of(answered, "messages")
        return SendResult.sent(text_of(sent[0], "id") if sent else "") if result.failure is None else result

    # Configuration

    def probe(self, channel: Channel) -> SendResult:
        return self.graph(channel).named(self.word(channel, "phone_number_id"), "verified_name,display_phone_number")
