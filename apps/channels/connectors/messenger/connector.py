"""Facebook Messenger: customers write to a page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.documents import Document, text_of
from apps.channels.connectors.meta import comments, messaging
from apps.channels.connectors.meta.connector import MB, WINDOW, MetaConnector, meta_settings
from apps.channels.connectors.meta.graph import result_of
from apps.channels.contract import (
    Capabilities,
    Content,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.enums import FailureKind
from apps.channels.linked_files import address_of
from apps.channels.media import OutgoingMedia
from apps.channels.parts import UTF_16, one_by_one
from apps.channels.platform_http import PlatformTrouble
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from apps.channels.models import Channel, InboundEvent

KIND: Final = "messenger"
USER: Final = "messenger_psid"
MAX_TEXT: Final = 2000
LATE_WINDOW: Final = timedelta(days=7)
"""For a person's answer, where the app was reviewed for it (developers.facebook.com, message tags)."""

IMAGE: Final = Media(Content.IMAGE, 25 * MB, ("image/jpeg", "image/png", "image/gif"))
VOICE: Final = Media(Content.VOICE, 25 * MB, ("audio/",))
VIDEO: Final = Media(Content.VIDEO, 25 * MB, ("video/",))
FILE: Final = Media(Content.FILE, 25 * MB)
"""Sizes from memory."""

PICTURE: Final = Media(Content.IMAGE, 4 * MB, ("image/jpeg", "image/png", "image/gif"))
"""In a comment, by address; from memory."""

NAMES: Final = {Content.IMAGE: "image", Content.VOICE: "audio", Content.VIDEO: "video", Content.FILE: "file"}

LATE: Final = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}

HUMAN_AGENT: Final = Setting(
    "human_agent",
    _("Answer for seven days"),
    SettingType.FLAG,
    default=False,
    help=_("Only for an app that the platform reviewed for the tag HUMAN_AGENT."),
)

register_kind(USER, _("Messenger"), "messages-square", FieldClass.HANDLE)


class DirectConnector(MetaConnector):
    """What a page and an Instagram account have in common."""

    account_setting: ClassVar[str]
    name_fields: ClassVar[str]
    public_edge: ClassVar[str]

    # In

    def items(self, call: Document) -> list[VerifiedInput]:
        return list(messaging.items(call))

    def parse(self, event: InboundEvent) -> Parsed:
        channel = event.channel
        side = messaging.Side(self.kind, self.identity_kind, self.identity_scope(channel), self.name_fields)
        return messaging.parse(event, self.graph(channel), side)

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, self.account_setting)

    def reply_window_on(self, channel: Channel) -> timedelta | None:
        return LATE_WINDOW if self.setting(channel, "human_agent") else WINDOW

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        """A comment carries more than a message does, and is never parted."""
        if outbound.is_public:
            return one_by_one(outbound, max_bytes=4 * comments.PAGE_TEXT)
        return super().parts(outbound, channel)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        if not outbound.is_public:
            return super().send(outbound, channel)
        if not outbound.comment:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no comment to answer")
        try:
            return self._comment(outbound, channel)
        except PlatformTrouble as trouble:
            return trouble.result

    def _comment(self, outbound: Outbound, channel: Channel) -> SendResult:
        files = outbound.attachments
        said = {"attachment_url": address_of(files[0])} if files else {"message": outbound.text}
        path = f"{quote(outbound.comment, safe='')}/{self.public_edge}"
        return self._result(self.graph(channel).post(path, said).json(), "id")

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        return self.hand_over(outbound, channel, to, {"text": outbound.text})

    def hand_over(self, outbound: Outbound, channel: Channel, to: str, message: dict[str, Any]) -> SendResult:
        """As an answer; what comes too late for one goes as a person's, where the app may. A refusal sent nothing.

        The first word in private to somebody who commented names the comment.
        """
        recipient = {"comment_id": outbound.comment} if outbound.comment else {"id": to}
        document = {"recipient": recipient, "message": {**message, "metadata": outbound.client_key}}
        result = self._post(channel, {**document, "messaging_type": "RESPONSE"})
        is_late = result.failure == FailureKind.OUTSIDE_WINDOW and not outbound.comment
        if is_late and self.setting(channel, "human_agent"):
            return self._post(channel, {**document, **LATE})
        return result

    def _post(self, channel: Channel, document: dict[str, Any]) -> SendResult:
        answered = self.graph(channel).post(f"{self.sender_path(channel)}/messages", document).json()
        return self._result(answered, "message_id")

    def _result(self, answered: Document, key: str) -> SendResult:
        result = result_of(answered)
        return SendResult.sent(text_of(answered, key)) if result.failure is None else result

    def sender_path(self, channel: Channel) -> str:
        return self.word(channel, self.account_setting)


@registry.register
class MessengerConnector(DirectConnector):
    kind = KIND
    label = _("Facebook Messenger")
    identity_kind = USER
    icon = "messages-square"
    account_setting = "page_id"
    name_fields = "first_name,last_name"
    public_edge = comments.PAGE_EDGE
    text_bytes = 2 * MAX_TEXT
    text_encoding = UTF_16
    settings: ClassVar[tuple[Setting, ...]] = (
        *meta_settings(Setting("page_id", _("Page ID"), required=True)),
        HUMAN_AGENT,
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=4 * MAX_TEXT,
        max_attachments=10,
        max_attachment_bytes=FILE.max_bytes,
        reply_window=WINDOW,
        receives=frozenset(
            {Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE, Content.LOCATION, Content.LINK}
        ),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        media=(IMAGE, VOICE, VIDEO, FILE),
        public=Capabilities(
            max_length=comments.PAGE_TEXT,
            max_attachments=1,
            max_attachment_bytes=PICTURE.max_bytes,
            sends=frozenset({Content.TEXT, Content.IMAGE}),
            media=(PICTURE,),
        ),
        private_reply=comments.private_reply(MAX_TEXT),
    )

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        name = NAMES[sort.content]
        attachment = {"type": name, "payload": {"is_reusable": True}}
        file_id = self.graph(channel).uploaded(
            f"{self.sender_path(channel)}/message_attachments",
            "attachment_id",
            data={"message": json.dumps({"attachment": attachment})},
            files={"filedata": (file.name, file.content, file.content_type)},
        )
        return self.hand_over(
            outbound, channel, to, {"attachment": {"type": name, "payload": {"attachment_id": file_id}}}
        )

    def probe(self, channel: Channel) -> SendResult:
        return self.graph(channel).named(self.sender_path(channel), "id,name")
