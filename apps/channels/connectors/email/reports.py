"""Machine reports inside a mail: bounces (RFC 3464), read receipts (RFC 8098) and complaints (RFC 5965)."""

from __future__ import annotations

import re
from typing import Final

from apps.channels.connectors.email.headers import (
    HeaderBlock,
    Note,
    clean_line,
    header_text,
    message_ids,
    read_header_block,
)
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.parsed import Report, ReportedRecipient
from apps.channels.connectors.email.structure import Part

_KINDS: Final = {
    "delivery-status": "delivery",
    "disposition-notification": "receipt",
    "feedback-report": "complaint",
}
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SMTP_CODE: Final = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,10}")
_ID_LINE: Final = re.compile(r"(?im)^[ \t>|]*message-id:[ \t]*<([^<>\s]{1,990})>")
_BOUNCE_SENDER: Final = re.compile(
    r"(?i)^(mailer-daemon|postmaster|mail-daemon|mailerdaemon|mdaemon|bounces?)([+-][^@]*)?@"
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"(?i)undeliver|delivery (status|fail|has failed)|returned mail|mail delivery (failed|system)|failure notice|"
    r"could not be delivered|系统退信|退信|投递失败|发送失败|无法投递|无法送达|未送达"
)
_MAX_RECIPIENTS: Final = 50
_SCAN_CHARS: Final = 40_000


def read_report(root: Part, limits: Limits, note: Note) -> Report | None:
    """The standard report a multipart/report carries, if it is one."""
    leaves = list(_leaves(root))
    declared = root.type_parameters.get("report-type", "").lower() if root.content_type == "multipart/report" else ""
    by_type = {leaf.content_type.removeprefix("message/"): leaf for leaf in reversed(leaves)}
    kind = _KINDS.get(declared) or next((_KINDS[name] for name in _KINDS if name in by_type), "")
    if not kind:
        return None
    status = next((leaf for name, leaf in by_type.items() if _KINDS.get(name) == kind), None)
    blocks = _blocks(status, limits, note) if status else []
    original = _original_id(leaves, blocks, limits, note)
    recipients = tuple(_recipients(blocks)) if kind == "delivery" else ()
    return Report(kind=kind, original_message_id=original, recipients=recipients)


def guess_bounce(*, sender: str, subject: str, return_path: str | None, text: str) -> Report | None:
    """A bounce in a provider's own words, told by its sender, its subject and a status code together."""
    from_daemon = bool(_BOUNCE_SENDER.match(sender)) or (return_path is not None and return_path.strip() in {"", "<>"})
    if not (from_daemon and _BOUNCE_SUBJECT.search(subject)):
        return None
    body = text[:_SCAN_CHARS]
    status = _STATUS.search(body)
    code = _SMTP_CODE.search(body)
    found = ".".join(status.groups()) if status else (f"{code.group(1)}.0.0" if code else "")
    original = _ID_LINE.search(body)
    addresses = [item for item in _ADDRESS.findall(body) if item.lower() != sender.lower()]
    recipients = (ReportedRecipient(addresses[0].strip(".<>").lower(), "failed", found),) if addresses else ()
    return Report("delivery", original.group(1) if original else "", recipients, is_standard=False)


def _leaves(root: Part) -> list[Part]:
    found: list[Part] = []
    pending = [root]
    while pending:
        part = pending.pop()
        if part.children:
            pending.extend(reversed(part.children))
        else:
            found.append(part)
    return found


def _blocks(part: Part, limits: Limits, note: Note) -> list[HeaderBlock]:
    """The header-like groups of a status part: one about the report, then one a recipient."""
    body = part.content()[: limits.header_block_bytes]
    blocks: list[HeaderBlock] = []
    position = 0
    while position < len(body) and len(blocks) <= _MAX_RECIPIENTS:
        while body[position : position + 1] in {b"\r", b"\n"}:
            position += 1
        block, after = read_header_block(body, position, len(body), limits, note)
        if after <= position:
            break
        if block.fields:
            blocks.append(block)
        position = after
    return blocks


def _recipients(blocks: list[HeaderBlock]) -> list[ReportedRecipient]:
    found: list[ReportedRecipient] = []
    for block in blocks:
        address = _typed(block, "original-recipient") or _typed(block, "final-recipient")
        if not address:
            continue
        status = _STATUS.search(block.text("status")) or _STATUS.search(block.text("diagnostic-code"))
        found.append(
            ReportedRecipient(
                address=_typed(block, "final-recipient").lower() or address.lower(),
                action=clean_line(block.text("action"), 20).lower(),
                status=".".join(status.groups()) if status else "",
                diagnostic=clean_line(_typed(block, "diagnostic-code") or block.text("diagnostic-code"), 300),
            )
        )
    return found


def _typed(block: HeaderBlock, name: str) -> str:
    """The value behind a type such as `rfc822; a@b`."""
    kind, semicolon, value = block.text(name).partition(";")
    return clean_line(value if semicolon else kind, 300).strip("<>")


def _original_id(leaves: list[Part], blocks: list[HeaderBlock], limits: Limits, note: Note) -> str:
    for block in blocks:
        named = message_ids(block.all("original-message-id"), 1)
        if named:
            return named[0]
    for leaf in leaves:
        if leaf.content_type in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}:
            content = leaf.content()
            headers, _ = read_header_block(content, 0, len(content), limits, note)
            ids = message_ids(headers.all("message-id"), 1)
            if ids:
                return ids[0]
    for leaf in leaves:
        if leaf.content_type.startswith("text/"):
            match = _ID_LINE.search(header_text(leaf.content()[:_SCAN_CHARS]))
            if match:
                return match.group(1)
    return ""
