"""From an activity to a neutral message. What happens around a conversation is kept in the inbox and opens nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import unescape
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, part_of, rows_of, text_of
from apps.channels.connectors.teams.api import Reference, TeamsApi
from apps.channels.connectors.teams.push import activity_id, conversation_of
from apps.channels.contract import IdentityClaim, Ignored, Inbound, InboundFile, Outbound, Parsed, Receipt
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import InboundEvent
from apps.channels.services import inbox

KIND: Final = "teams"
MEMBER: Final = "teams_member"

FILE: Final = "application/vnd.microsoft.teams.file.download.info"
READ: Final = "application/vnd.microsoft.readReceipt"
SAME_AS_TEXT: Final = "text/html"
"""The words once more, with their formatting."""

_WORD = re.compile(r"[^a-z0-9]+")
_AT = re.compile(r"<at[^>]{0,200}>(.{0,200}?)</at>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    activity: Document
    row: InboundEvent
    api: TeamsApi
    claims: Callable[[Call], tuple[IdentityClaim, ...]]

    def text(self, name: str) -> str:
        return text_of(self.activity, name)

    @property
    def sender(self) -> Document:
        return part_of(self.activity, "from")

    @property
    def user(self) -> str:
        """The same for every app of the tenant where the platform tells it; else as this app knows them."""
        return text_of(self.sender, "aadObjectId") or text_of(self.sender, "id")

    @property
    def reference(self) -> Reference:
        return Reference(self.text("serviceUrl"), conversation_of(self.activity), self.text("id"))


def opened(row: InboundEvent) -> Document:
    try:
        return documents.read(bytes(row.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error


def parse(call: Call) -> Parsed:
    kind = call.text("type")
    if kind == "event" and call.text("name") == READ:
        return _read(call)
    if kind not in ("message", "messageUpdate", "messageDelete"):
        return Ignored(f"teams.event_{_word(kind) or 'unnamed'}")
    if text_of(call.sender, "id") == f"28:{call.api.app_id}" or text_of(call.sender, "role") == "bot":
        return Ignored("teams.echo")
    if not call.api.may_call(call.text("serviceUrl")):
        raise Unreadable(reason=_("its service address is none that this channel may call"))
    if kind == "message":
        return _message(call)
    if not _was_taken_in(call):
        return Ignored("teams.not_for_us")
    if kind == "messageUpdate":
        return _inbound(call, text=_words(call), notice="edited")
    return _inbound(call, notice="unsent", opens_nothing=True)


def reference_of(outbound: Outbound) -> Reference | None:
    """The newest message of the customer that this answer follows."""
    for known in (outbound.in_reply_to, *reversed(outbound.references)):
        kind, _sep, rest = known.partition(":")
        if kind == KIND:
            return Reference(*json.loads(rest))
    return None


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


def _message(call: Call) -> Inbound:
    files, notice = _files(call)
    text = _words(call)
    if not text and not files and not notice:
        text, notice = "[message]", "unknown_type"
    about = call.reference
    keys = (message_key(f"{KIND}:{about.conversation}:{about.activity}"),)
    return _inbound(call, text=text, files=files, notice=notice, keys=keys)


def _inbound(
    call: Call,
    *,
    text: str = "",
    files: tuple[InboundFile, ...] = (),
    notice: str = "",
    keys: tuple[bytes, ...] = (),
    opens_nothing: bool = False,
) -> Inbound:
    about = call.reference
    if not call.user or not about.conversation or not about.activity:
        raise Unreadable(reason=_("it names no sender, no conversation or no id"))
    known_as = json.dumps([about.service_url, about.conversation, about.activity])
    return Inbound(
        sender_kind=MEMBER,
        sender_value=call.user,
        sender_scope=call.api.tenant,
        sender_name=text_of(call.sender, "name"),
        sender_verified=True,
        thread_key=key_of(KIND, "conversation", about.conversation, call.user),
        text=text,
        attachments=files,
        notice=notice,
        sent_at=_moment(call.text("timestamp")),
        message_keys=keys,
        is_automatic=opens_nothing,
        opens_nothing=opens_nothing,
        envelope={"message_id": f"{KIND}:{known_as}", "external_id": about.activity, "type": call.text("type")},
        identities=call.claims(call),
    )


def _was_taken_in(call: Call) -> bool:
    known_by = activity_id("message", call.reference.conversation, call.reference.activity)
    row = inbox.accepted_before(channel=call.row.channel, external_id=known_by)
    return row is not None and row.state == InboundState.DONE


def _read(call: Call) -> Receipt | Ignored:
    last = text_of(part_of(call.activity, "value"), "lastReadMessageId")
    if not last:
        return Ignored("teams.event_read")
    return Receipt(DeliveryState.READ, provider_id=f"{call.reference.conversation}:{last}", with_earlier=True)


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


# --- Words and files ----------------------------------------------------------------------------------------------


def _words(call: Call) -> str:
    """Without the name of the app, which is how it is called in a channel; other people stay named."""
    text = call.text("text")
    for entity in rows_of(call.activity, "entities"):
        mentioned = text_of(part_of(entity, "mentioned"), "id")
        if mentioned and mentioned == text_of(part_of(call.activity, "recipient"), "id"):
            text = text.replace(text_of(entity, "text") or "\x00", "", 1)
    return unescape(_AT.sub(r"@\1", text)).replace("\xa0", " ").strip()


def _files(call: Call) -> tuple[tuple[InboundFile, ...], str]:
    attachments = [row for row in rows_of(call.activity, "attachments") if text_of(row, "contentType") != SAME_AS_TEXT]
    found = [(number, row) for number, row in enumerate(attachments) if _link_of(row)]
    files, notice = media.all_received(call.row, [partial(_file, call, number, row) for number, row in found])
    return files, notice or ("unknown_type" if len(found) < len(attachments) else "")


def _file(call: Call, number: int, row: Document) -> InboundFile:
    stem = f"file-{_word(call.text('id'))[-20:] or 'unnamed'}-{number + 1}"
    if text_of(row, "contentType") == FILE:
        return media.download_link(_link_of(row), stem=stem, name=text_of(row, "name")[:200])
    return call.api.picture(_link_of(row), stem=stem)


def _link_of(row: Document) -> str:
    """A file's own link needs no token and lives for minutes. Cards have none."""
    if text_of(row, "contentType") == FILE:
        return text_of(part_of(row, "content"), "downloadUrl")
    return text_of(row, "contentUrl")
