"""From an event to a neutral message. What the account itself sent comes back and proves a message nobody was sure of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import echoes, media
from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, number_of, part_of, rows_of, text_of
from apps.channels.connectors.x.api import XApi
from apps.channels.connectors.x.push import MESSAGES, content_of
from apps.channels.contract import Ignored, Inbound, InboundFile, Outbound, Parsed, Receipt
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import InboundEvent

KIND: Final = "x"
USER: Final = "x_user"
READ: Final = "direct_message_mark_read_events"
_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Call:
    document: Document
    row: InboundEvent
    api: XApi
    account: str

    @property
    def message(self) -> Document:
        return next(iter(rows_of(content_of(self.document), MESSAGES)), {})

    @property
    def created(self) -> Document:
        return part_of(self.message, "message_create")

    @property
    def said(self) -> Document:
        return part_of(self.created, "message_data")

    @property
    def sender(self) -> str:
        return text_of(self.created, "sender_id")

    @property
    def receiver(self) -> str:
        return text_of(part_of(self.created, "target"), "recipient_id")

    @property
    def media(self) -> Document:
        return part_of(self.said, "attachment", "media")


def opened(row: InboundEvent) -> Document:
    try:
        return documents.read(bytes(row.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error


def parse(call: Call) -> Parsed:
    if not call.message:
        return _read(call) or Ignored(f"x.event_{_event_name(call.document) or 'unnamed'}")
    if text_of(call.message, "type") not in ("", "message_create"):
        return Ignored(f"x.event_{_word(text_of(call.message, 'type'))}")
    if not call.sender or not text_of(call.message, "id"):
        raise Unreadable(reason=_("it names no sender or no message"))
    if call.sender == call.account:
        return _echo(call)
    if call.receiver != call.account:
        raise Unreadable(reason=_("it was meant for another account"))
    return _message(call)


def _message(call: Call) -> Inbound:
    message_id = text_of(call.message, "id")
    files, notice = _files(call)
    text = words_of(call.said)
    if not notice and call.said.get("attachment") and not call.media:
        notice = "unknown_type"
    return Inbound(
        sender_kind=USER,
        sender_value=call.sender,
        sender_name=_name_of(call),
        sender_verified=True,
        thread_key=key_of(KIND, "sender", call.account, call.sender),
        text=text or ("" if files or notice else "[message]"),
        attachments=files,
        notice=notice,
        sent_at=_moment(call.message),
        message_keys=(message_key(f"{KIND}:{message_id}"),),
        envelope={"external_id": message_id, "type": "message"},
    )


def words_of(said: Document) -> str:
    """With the addresses behind the platform's short ones, and without the one that stands for the attachment."""
    text = text_of(said, "text")
    attached = text_of(part_of(said, "attachment", "media"), "url")
    if attached:
        text = text.replace(attached, "")
    for link in rows_of(part_of(said, "entities"), "urls"):
        short, full = text_of(link, "url"), text_of(link, "expanded_url")
        if short and full and short != attached:
            text = text.replace(short, full)
    return unescape(text).strip()


def _files(call: Call) -> tuple[tuple[InboundFile, ...], str]:
    """A video comes in several sizes; the one with most bits is taken."""
    variants = rows_of(part_of(call.media, "video_info"), "variants")
    films = [row for row in variants if text_of(row, "content_type").startswith("video/") and text_of(row, "url")]
    best = max(films, key=lambda row: number_of(row, "bitrate") or 0, default={})
    link = text_of(best, "url") or text_of(call.media, "media_url_https")
    if not link:
        return (), "media_gone" if call.media else ""
    stem = f"{_word(text_of(call.media, 'type')) or 'file'}-{_word(text_of(call.message, 'id'))[-20:]}"
    return media.received(call.row, lambda: call.api.download(link, stem=stem))


def _name_of(call: Call) -> str:
    person = part_of(content_of(call.document), "users", call.sender)
    return text_of(person, "name") or text_of(person, "screen_name") or text_of(person, "username")


def _moment(message: Document) -> datetime | None:
    milliseconds = number_of(message, "created_timestamp")
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _event_name(document: Document) -> str:
    """What the newer interface calls it, or the name of the list that the older one sends."""
    named = text_of(part_of(document, "data"), "event_type")
    return _word(named or next((name for name in document if name.endswith("_events")), ""))


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


# --- What we sent ourselves ---------------------------------------------------------------------------------------


def _echo(call: Call) -> Receipt | Ignored:
    words, has_files = words_of(call.said), bool(call.media)

    def is_echoed(outbound: Outbound) -> bool:
        return call.receiver in outbound.recipients.to and echoes.says(outbound, words, has_files=has_files)

    sent = echoes.undecided(call.row.channel_id, is_echoed)
    if sent is None:
        return Ignored("x.echo")
    return Receipt(DeliveryState.SENT, client_key=sent.client_key, provider_id=text_of(call.message, "id"))


def _read(call: Call) -> Receipt | None:
    """The customer's, of a message of ours; fields from memory."""
    event = next(iter(rows_of(content_of(call.document), READ)), {})
    last = text_of(event, "last_read_event_id")
    if not last or text_of(event, "sender_id") == call.account:
        return None
    return Receipt(DeliveryState.READ, provider_id=last, with_earlier=True)
