"""The timeline of a ticket: the one function that appends to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.events import publish
from apps.core.inserting import insert
from apps.core.richtext import clean_html, html_to_text, text_to_html
from apps.customers.models import Customer
from apps.privacy.detection import find_spans, is_blind, pack
from apps.privacy.lens import writes_blind
from apps.tickets import events
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, Interaction, Message, MessageKey, ReadMark, Ticket
from apps.tickets.selectors.rendering import PREVIEW_LENGTH, SUBJECT_LENGTH
from apps.tickets.services.searching import index_message

MAX_LENGTH = 500_000
MAX_HTML = 4 * MAX_LENGTH
SHORTENED = "shortened"
"""The notice of a message that was longer than these."""

MESSAGE_FIELDS = (
    "message_count",
    "last_message_at",
    "preview",
    "preview_kind",
    "preview_is_blind",
    "waiting_since",
    "first_replied_at",
)
"""The ticket's columns that appending a message may change."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class FileToAttach:
    stored_id: int
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A message to append. `html` need not be clean; of `html` and `text` one is enough."""

    kind: MessageKind
    html: str = ""
    text: str = ""
    quoted: str = ""
    subject: str = ""
    sender_name: str = ""
    envelope: dict[str, Any] = field(default_factory=dict)
    interaction: Interaction | None = None
    channel: Channel | None = None
    author: User | None = None
    customer: Customer | None = None
    is_third_person: bool = False
    is_automatic: bool = False
    is_public: bool = False
    notice: str = ""
    is_blind: bool = False
    """Typed by somebody who sees the customer masked (`lens.writes_blind`)."""
    created: datetime | None = None
    keys: tuple[tuple[Channel | None, bytes], ...] = ()
    files: tuple[FileToAttach, ...] = ()


def is_written_blind(ticket: Ticket, by: Actor) -> bool:
    """Whether what they type into this ticket is by somebody who sees its customer masked."""
    return writes_blind(by, is_minor=ticket.customer is not None and ticket.customer.is_minor)


def append_message(*, ticket: Ticket, entry: Entry) -> Message:
    """Appends to a locked ticket and changes its columns in memory; the caller saves `MESSAGE_FIELDS` and publishes."""
    html, text, is_cut = _bodies(entry)
    message = Message(
        created=entry.created or now(),
        ticket=ticket,
        sequence=ticket.message_count + 1,
        interaction=entry.interaction,
        channel=entry.channel,
        kind=entry.kind,
        author=entry.author,
        customer=entry.customer,
        sender_name=entry.sender_name,
        subject=one_line(entry.subject),
        html=html,
        text=text,
        quoted=entry.quoted[:MAX_LENGTH],
        envelope=entry.envelope,
        spans=pack(find_spans(text), is_blind=entry.is_blind),
        is_third_person=entry.is_third_person,
        is_automatic=entry.is_automatic,
        is_public=entry.is_public,
        notice=entry.notice or (SHORTENED if is_cut else ""),
        attachment_count=len(entry.files),
    )
    insert(message)
    _write_keys(ticket, message, entry.keys)
    _attach(ticket, message, entry)
    _take_into_account(ticket, message)
    index_message(ticket, message)
    return message


def _bodies(entry: Entry) -> tuple[str, str, bool]:
    """Rich text, its plain twin, and whether something had to be left out."""
    html = clean_html(entry.html[:MAX_HTML], mentions=entry.kind == MessageKind.NOTE) if entry.html else ""
    text = entry.text.replace("\0", "")
    if not text and html:
        text = html_to_text(html)
    is_cut = len(entry.html) > MAX_HTML or len(text) > MAX_LENGTH
    text = text[:MAX_LENGTH]
    return html or text_to_html(text), text, is_cut


def _write_keys(ticket: Ticket, message: Message, keys: Sequence[tuple[Channel | None, bytes]]) -> None:
    """The first message under a key keeps it."""
    rows = [
        MessageKey(channel=channel, key=key, message_id=message.pk, ticket=ticket, created=message.created)
        for channel, key in dict.fromkeys(keys)
    ]
    if rows:
        insert(*rows, ignore_conflicts=True)


def _attach(ticket: Ticket, message: Message, entry: Entry) -> None:
    for file in entry.files:
        insert(
            Attachment(
                ticket=ticket,
                message_id=message.pk,
                file_id=file.stored_id,
                is_inline=file.is_inline,
                is_internal=entry.kind == MessageKind.NOTE,
                content_id=file.content_id[:250],
            )
        )


def _take_into_account(ticket: Ticket, message: Message) -> None:
    ticket.message_count = message.sequence
    if message.kind in (MessageKind.NOTE, MessageKind.SYSTEM) or message.is_automatic:
        return
    ticket.last_message_at = message.created
    ticket.preview = _preview(message)
    ticket.preview_is_blind = is_blind(message.spans)
    ticket.preview_kind = message.kind
    if message.kind == MessageKind.CUSTOMER:
        ticket.waiting_since = ticket.waiting_since or message.created
    elif message.kind == MessageKind.AGENT and not message.envelope.get("is_forward"):
        ticket.waiting_since = None
        ticket.first_replied_at = ticket.first_replied_at or message.created


def _preview(message: Message) -> str:
    line = " ".join(message.text[: PREVIEW_LENGTH * 4].split())
    if not line and message.attachment_count:
        return "📎"
    return line[:PREVIEW_LENGTH]


def one_line(text: str, limit: int = SUBJECT_LENGTH) -> str:
    """Without line breaks and control characters, so that no header can grow out of it."""
    return " ".join(CONTROL.sub(" ", text).split())[:limit]


def record_entry(
    *, ticket: Ticket, notice: str, by: Actor, text: str = "", envelope: dict[str, Any] | None = None
) -> Message:
    """A line of the system's own in a locked ticket's timeline; the caller saves `MESSAGE_FIELDS`."""
    entry = Entry(kind=MessageKind.SYSTEM, text=text, notice=notice, envelope=envelope or {}, is_automatic=True)
    message = append_message(ticket=ticket, entry=entry)
    publish(
        events.MessageRecorded(ticket_id=ticket.pk, message_id=message.pk, sequence=message.sequence, notice=notice),
        by=by,
    )
    return message


def mark_read_to(ticket: Ticket, user_id: int, sequence: int) -> None:
    ReadMark.objects.bulk_create(
        [ReadMark(ticket=ticket, user_id=user_id, sequence=sequence)],
        update_conflicts=True,
        unique_fields=["ticket", "user"],
        update_fields=["sequence"],
    )
