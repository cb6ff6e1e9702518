"""Input that our own doors take in already structured: the web form and the API.

A submission is stored in the inbox as JSON, with its files inside or named by the id under which they are stored, so
that what was acknowledged lies in one row.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from apps.channels.contract import Agreement, Connector, IdentityClaim, Inbound, InboundFile
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key

if TYPE_CHECKING:
    from apps.channels.models import InboundEvent

VERSION = 1


@dataclass(frozen=True, slots=True)
class Submission:
    """`claims` are handles the sender names beside the first. `thread` holds several submissions together."""

    sender: IdentityClaim
    text: str
    sender_name: str = ""
    language: str = ""
    subject: str = ""
    html: str = ""
    quoted: str = ""
    thread: str = ""
    external_id: str = ""
    sent_at: str = ""
    is_spam: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    claims: tuple[IdentityClaim, ...] = ()
    files: tuple[InboundFile, ...] = ()
    agreement: Agreement | None = None


_TEXTS = ("text", "sender_name", "language", "subject", "html", "quoted", "thread", "external_id", "sent_at")


def pack(submission: Submission) -> bytes:
    return _dump(
        {
            "version": VERSION,
            "sender": asdict(submission.sender),
            **{name: getattr(submission, name) for name in _TEXTS},
            "is_spam": submission.is_spam,
            "fields": submission.fields,
            "claims": [asdict(claim) for claim in submission.claims],
            "files": [_file_out(file) for file in submission.files],
            **({"agreement": asdict(submission.agreement)} if submission.agreement is not None else {}),
        }
    )


def unpack(payload: bytes) -> Submission:
    document = _load(payload)
    try:
        return Submission(
            sender=IdentityClaim(**document["sender"]),
            **{name: str(document.get(name, "")) for name in _TEXTS},
            is_spam=bool(document.get("is_spam", False)),
            fields=dict(document.get("fields", {})),
            claims=tuple(IdentityClaim(**claim) for claim in document.get("claims", ())),
            files=tuple(_file_in(item) for item in document.get("files", ())),
            agreement=Agreement(**document["agreement"]) if document.get("agreement") else None,
        )
    except (TypeError, ValueError, KeyError, AttributeError, binascii.Error) as error:
        raise Unreadable(reason=str(error)) from error


def without_files(payload: bytes) -> str:
    """The document for a person to edit; files stand in it by name only."""
    document = _load(payload)
    document["files"] = [item.get("name", "") for item in document.get("files", ())]
    return json.dumps(document, ensure_ascii=False, indent=2)


def with_edits(payload: bytes, text: str) -> bytes:
    """The edited document with those files of the original that it still names."""
    edited = _load(text.encode("utf-8", "surrogatepass"))
    kept = edited.get("files", [])
    edited["files"] = [item for item in _load(payload).get("files", ()) if item.get("name", "") in kept]
    return _dump(edited)


def _file_out(file: InboundFile) -> dict[str, Any]:
    about = {"name": file.name, "content_type": file.content_type, "content_id": file.content_id, "inline": file.inline}
    if file.stored_id is not None:
        return {**about, "stored_id": file.stored_id}
    return {**about, "content": base64.b64encode(file.content).decode("ascii")}


def _file_in(item: dict[str, Any]) -> InboundFile:
    stored_id = item.get("stored_id")
    return InboundFile(
        name=str(item["name"]),
        content_type=str(item.get("content_type", "")),
        content=b"" if stored_id is not None else base64.b64decode(item["content"], validate=True),
        content_id=str(item.get("content_id", "")),
        inline=bool(item.get("inline", False)),
        stored_id=None if stored_id is None else int(stored_id),
    )


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _load(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Unreadable(reason=str(error)) from error
    if not isinstance(document, dict):
        raise Unreadable(reason=_("not an object"))
    return document


def _is_document(payload: bytes) -> bool:
    try:
        _load(payload)
    except Unreadable:
        return False
    return True


class SubmissionConnector(Connector):
    """Parses what `pack` made, and lets a person repair the document without touching its files."""

    def parse(self, event: InboundEvent) -> Inbound:
        submission = unpack(event.payload)
        return Inbound(
            sender_kind=submission.sender.kind,
            sender_value=submission.sender.value,
            sender_scope=submission.sender.scope,
            sender_verified=submission.sender.verified,
            sender_name=submission.sender_name,
            language=submission.language,
            thread_key=self.thread_key(event, submission),
            subject=submission.subject,
            text=submission.text,
            html=submission.html,
            quoted=submission.quoted,
            attachments=submission.files,
            sent_at=_moment(submission.sent_at),
            envelope=self.envelope(event, submission),
            message_keys=(message_key(submission.external_id),) if submission.external_id else (),
            is_spam=submission.is_spam,
            fields=submission.fields,
            identities=submission.claims,
            agreement=submission.agreement,
        )

    def envelope(self, event: InboundEvent, submission: Submission) -> dict[str, Any]:
        """What surrounds the message on the ticket."""
        return {"external_id": submission.external_id} if submission.external_id else {}

    def thread_key(self, event: InboundEvent, submission: Submission) -> bytes:
        """Each submission is a conversation of its own, unless it says which one it belongs to."""
        if submission.thread:
            return key_of(self.kind, "thread", submission.thread)
        return key_of(self.kind, "submission", bytes(event.external_key))

    def repairable_text(self, event: InboundEvent) -> str | None:
        return without_files(event.payload) if _is_document(event.payload) else super().repairable_text(event)

    def repaired_payload(self, event: InboundEvent, text: str) -> bytes:
        if _is_document(event.payload):
            return with_edits(event.payload, text)
        return super().repaired_payload(event, text)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else None
