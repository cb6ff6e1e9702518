"""What a mail says, once read: plain frozen data without a word of Django, so that it can cross a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Quality(StrEnum):
    """How well a mail could be read."""

    STRICT = "strict"
    TOLERANT = "tolerant"
    RAW = "raw"


class AddressFlag(StrEnum):
    """Why an address must not be taken at its word."""

    AMBIGUOUS = "ambiguous"
    SEVERAL = "several"
    GROUP = "group"
    EMPTY = "empty"
    INVALID = "invalid"
    NAME_IS_ADDRESS = "name_is_address"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an agent should know about how this mail was read; `detail` never holds the customer's text."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MailAddress:
    name: str = ""
    address: str = ""
    flags: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """One well-formed address that nothing about its header contradicts."""
        return bool(self.address) and not self.flags

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One method of one Authentication-Results header; whether its server may be believed is decided in trust.py."""

    server: str
    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    address: str
    action: str = ""
    status: str = ""
    diagnostic: str = ""

    @property
    def is_permanent(self) -> bool:
        if self.status:
            return self.status.startswith("5")
        return self.action == "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """A machine's report about a mail we sent: delivery (RFC 3464), reading (RFC 8098) or complaint (RFC 5965)."""

    kind: str
    original_message_id: str = ""
    recipients: tuple[ReportedRecipient, ...] = ()
    is_standard: bool = True


@dataclass(frozen=True, slots=True)
class ParsedMail:
    raw_sha256: str
    quality: str = Quality.STRICT
    notices: tuple[Notice, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    from_: MailAddress = MailAddress()
    sender: MailAddress = MailAddress()
    reply_to: tuple[MailAddress, ...] = ()
    to: tuple[MailAddress, ...] = ()
    cc: tuple[MailAddress, ...] = ()
    date: datetime | None = None
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """Only the headers in KEPT_HEADERS, names in lower case, in order of arrival."""
    auth_results: tuple[AuthResult, ...] = ()
    report: Report | None = None
    language: str = ""
    content_type: str = "text/plain"

    def header(self, name: str) -> str | None:
        """The first value of a kept header, or None."""
        return next((value for key, value in self.headers if key == name), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key == name)

    @property
    def recipients(self) -> tuple[MailAddress, ...]:
        return self.to + self.cc

    @property
    def delivered_addresses(self) -> tuple[str, ...]:
        """Addresses this mail was delivered to, as its envelope and headers tell, in lower case."""
        envelope = [
            value.strip("<> \t").lower()
            for key in ("x-original-to", "delivered-to", "x-envelope-to", "envelope-to")
            for value in self.header_values(key)
        ]
        named = [recipient.address.lower() for recipient in self.recipients if recipient.address]
        return tuple(dict.fromkeys(item for item in envelope + named if item))


KEPT_HEADERS: Final = frozenset(
    {
        "auto-submitted",
        "content-language",
        "delivered-to",
        "envelope-to",
        "feedback-id",
        "importance",
        "list-help",
        "list-id",
        "list-post",
        "list-subscribe",
        "list-unsubscribe",
        "mailing-list",
        "precedence",
        "return-path",
        "thread-index",
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "x-contact-center-loop",
        "x-envelope-to",
        "x-failed-recipients",
        "x-loop",
        "x-mailer",
        "x-original-to",
        "x-priority",
        "x-spam-flag",
    }
)


def to_wire(mail: ParsedMail) -> tuple[dict[str, Any], list[bytes]]:
    """JSON-able description and the attachments' bytes beside it."""
    described = {
        "raw_sha256": mail.raw_sha256,
        "quality": str(mail.quality),
        "notices": [[notice.code, notice.detail] for notice in mail.notices],
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "subject": mail.subject,
        "from": _address_out(mail.from_),
        "sender": _address_out(mail.sender),
        "reply_to": [_address_out(item) for item in mail.reply_to],
        "to": [_address_out(item) for item in mail.to],
        "cc": [_address_out(item) for item in mail.cc],
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html,
        "attachments": [
            [item.name, item.content_type, len(item.content), item.content_id, item.inline] for item in mail.attachments
        ],
        "headers": mail.headers,
        "auth_results": [[item.server, item.method, item.result, item.domain] for item in mail.auth_results],
        "report": _report_out(mail.report),
        "language": mail.language,
        "content_type": mail.content_type,
    }
    return described, [item.content for item in mail.attachments]


def from_wire(described: dict[str, Any], blob: bytes) -> ParsedMail:
    """The inverse of `to_wire`; `blob` is the attachments' bytes one after another."""
    attachments: list[Attachment] = []
    offset = 0
    for name, content_type, size, content_id, inline in described["attachments"]:
        attachments.append(Attachment(name, content_type, blob[offset : offset + size], content_id, inline))
        offset += size
    return ParsedMail(
        raw_sha256=described["raw_sha256"],
        quality=described["quality"],
        notices=tuple(Notice(code, detail) for code, detail in described["notices"]),
        message_id=described["message_id"],
        in_reply_to=tuple(described["in_reply_to"]),
        references=tuple(described["references"]),
        subject=described["subject"],
        from_=_address_in(described["from"]),
        sender=_address_in(described["sender"]),
        reply_to=tuple(_address_in(item) for item in described["reply_to"]),
        to=tuple(_address_in(item) for item in described["to"]),
        cc=tuple(_address_in(item) for item in described["cc"]),
        date=datetime.fromisoformat(described["date"]) if described["date"] else None,
        text=described["text"],
        html=described["html"],
        attachments=tuple(attachments),
        headers=tuple((name, value) for name, value in described["headers"]),
        auth_results=tuple(AuthResult(*item) for item in described["auth_results"]),
        report=_report_in(described["report"]),
        language=described["language"],
        content_type=described["content_type"],
    )


def _address_out(address: MailAddress) -> list[Any]:
    return [address.name, address.address, list(address.flags)]


def _address_in(item: list[Any]) -> MailAddress:
    return MailAddress(item[0], item[1], tuple(item[2]))


def _report_out(report: Report | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "kind": report.kind,
        "original_message_id": report.original_message_id,
        "recipients": [[item.address, item.action, item.status, item.diagnostic] for item in report.recipients],
        "is_standard": report.is_standard,
    }


def _report_in(item: dict[str, Any] | None) -> Report | None:
    if item is None:
        return None
    return Report(
        kind=item["kind"],
        original_message_id=item["original_message_id"],
        recipients=tuple(ReportedRecipient(*row) for row in item["recipients"]),
        is_standard=item["is_standard"],
    )
