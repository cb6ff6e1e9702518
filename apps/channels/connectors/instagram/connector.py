"""Instagram: customers write to a professional account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.messenger.connector import HUMAN_AGENT, DirectConnector
from apps.channels.connectors.meta import comments
from apps.channels.connectors.meta.connector import MB, WINDOW, meta_settings
from apps.channels.contract import Capabilities, Content, Media, Outbound, SendResult, Setting
from apps.channels.linked_files import address_of
from apps.channels.media import OutgoingMedia
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from apps.channels.models import Channel

KIND: Final = "instagram"
USER: Final = "instagram_igsid"
INSTAGRAM_BASE: Final = "https://graph.instagram.com"
MAX_TEXT_BYTES: Final = 1000
"""Of one text; from memory."""

IMAGE: Final = Media(Content.IMAGE, 8 * MB, ("image/jpeg", "image/png"))
VOICE: Final = Media(Content.VOICE, 25 * MB, ("audio/aac", "audio/mp4", "audio/wav"))
VIDEO: Final = Media(Content.VIDEO, 25 * MB, ("video/mp4", "video/ogg", "video/quicktime", "video/webm"))
"""By address; sizes and types from memory."""

NAMES: Final = {Content.IMAGE: "image", Content.VOICE: "audio", Content.VIDEO: "video"}

register_kind(USER, _("Instagram"), "camera", FieldClass.HANDLE)


@registry.register
class InstagramConnector(DirectConnector):
    kind = KIND
    label = _("Instagram")
    identity_kind = USER
    icon = "camera"
    account_setting = "account_id"
    name_fields = "name,username"
    public_edge = comments.ACCOUNT_EDGE
    text_bytes = MAX_TEXT_BYTES
    settings: ClassVar[tuple[Setting, ...]] = (
        *meta_settings(
            Setting(
                "account_id",
                _("Account ID"),
                required=True,
                help=_("Of the professional account, as the platform's calls name it."),
            ),
            base=INSTAGRAM_BASE,
        ),
        HUMAN_AGENT,
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_receipts=True,
        max_length=4 * MAX_TEXT_BYTES,
        max_attachments=10,
        max_attachment_bytes=VIDEO.max_bytes,
        reply_window=WINDOW,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE, Content.LINK}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO}),
        media=(IMAGE, VOICE, VIDEO),
        public=Capabilities(max_length=comments.ACCOUNT_TEXT, attachments=False, sends=frozenset({Content.TEXT})),
        private_reply=comments.private_reply(MAX_TEXT_BYTES),
    )

    # Out

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        payload = {"url": address_of(outbound.attachments[0])}
        return self.hand_over(outbound, channel, to, {"attachment": {"type": NAMES[sort.content], "payload": payload}})

    def sender_path(self, channel: Channel) -> str:
        """Whoever the token is for: an account by itself, or the page that it is linked to."""
        return "me"

    # Configuration

    def probe(self, channel: Channel) -> SendResult:
        return self.graph(channel).named("me", "id,name")
