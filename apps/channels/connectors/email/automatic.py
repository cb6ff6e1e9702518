"""Whether a person wrote a mail, and whether a machine may answer it (RFC 3834 and what senders really do)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.channels.connectors.email.parsed import ParsedMail, Quality

LOOP_HEADER: Final = "X-Contact-Center-Loop"
"""Carried by every automatic mail of ours; a mail that comes back with it is never answered."""

_MACHINE_SENDER: Final = re.compile(
    r"(?i)^(mailer-daemon|postmaster|mail-daemon|mailerdaemon|no-?reply|do-?not-?reply|donotreply|bounces?|notifications?)([._+-][^@]*)?@"
)
_VACATION_SUBJECT: Final = re.compile(
    r"(?i)^\s*((automatic|auto) ?-?(reply|response)\b|auto:|out of (the )?office|autoreply|away from|"
    r"自动回复|自动答复|自动应答|外出|不在办公室|休假)"
)
_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_LIST_HEADERS: Final = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "mailing-list")
_LIST_ONLY: Final = ("list-id", "list-post", "mailing-list")
_SUPPRESSED: Final = frozenset({"all", "oof", "autoreply"})


class MailKind(StrEnum):
    """What kind of sender wrote a mail."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    BULK = "bulk"
    LIST = "list"
    BOUNCE = "bounce"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Classification:
    kind: MailKind
    reasons: tuple[str, ...]

    @property
    def may_be_answered(self) -> bool:
        """Whether an acknowledgement may go out at all; hard caps on their number are kept by the sender of them."""
        return not self.reasons


def classify(mail: ParsedMail, own_addresses: Collection[str] = ()) -> Classification:
    """Reasons against an automatic answer, and the kind they add up to."""
    reasons = tuple(_reasons(mail, {address.lower() for address in own_addresses}))
    return Classification(_kind(mail, reasons), reasons)


def _reasons(mail: ParsedMail, own: set[str]) -> list[str]:
    found: list[str] = []
    submitted = (mail.header("auto-submitted") or "").partition(";")[0].strip().lower()
    checks: tuple[tuple[str, bool], ...] = (
        ("own_loop", any(mail.header(name) is not None for name in ("x-contact-center-loop", "x-loop"))),
        ("own_address", mail.from_.address.lower() in own or mail.sender.address.lower() in own),
        ("report", mail.report is not None or mail.content_type == "multipart/report"),
        ("auto_submitted", submitted not in {"", "no"}),
        ("null_return_path", mail.header("return-path") is not None and _is_null_path(mail)),
        ("precedence", (mail.header("precedence") or "").strip().lower() in _BULK),
        ("list", any(mail.header(name) is not None for name in _LIST_HEADERS)),
        ("suppressed", bool(_SUPPRESSED & _words(mail.header("x-auto-response-suppress")))),
        ("autoreply_header", any(mail.header(name) is not None for name in ("x-autoreply", "x-autorespond"))),
        ("machine_sender", bool(_MACHINE_SENDER.match(mail.from_.address))),
        ("failed_recipients", mail.header("x-failed-recipients") is not None),
        ("vacation_subject", bool(_VACATION_SUBJECT.search(mail.subject))),
        ("spam", (mail.header("x-spam-flag") or "").strip().lower() == "yes"),
        ("no_sender", not mail.from_.is_plain),
        ("unreadable", mail.quality == Quality.RAW),
    )
    found.extend(name for name, applies in checks if applies)
    return found


def _kind(mail: ParsedMail, reasons: tuple[str, ...]) -> MailKind:
    held = set(reasons)
    if mail.report is not None:
        return {"delivery": MailKind.BOUNCE, "receipt": MailKind.RECEIPT, "complaint": MailKind.COMPLAINT}[
            mail.report.kind
        ]
    if held & {"own_loop", "own_address"}:
        return MailKind.LOOP
    if any(mail.header(name) is not None for name in _LIST_ONLY):
        return MailKind.LIST
    if held & {"precedence", "list"}:
        return MailKind.BULK
    if held & {"auto_submitted", "null_return_path", "autoreply_header", "vacation_subject", "failed_recipients"}:
        return MailKind.AUTOMATIC
    return MailKind.PERSON


def _is_null_path(mail: ParsedMail) -> bool:
    return (mail.header("return-path") or "").strip() in {"", "<>"}


def _words(value: str | None) -> set[str]:
    return {word.strip().lower() for word in re.split(r"[,;\s]+", value or "")}
