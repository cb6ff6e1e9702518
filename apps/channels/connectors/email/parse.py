"""A mail's raw bytes to ParsedMail: strictly where the mail keeps the rules, tolerantly with notices where it does not,
and as raw text with a notice where it cannot be read at all.

`parse_mail` is pure and runs in the child process (child.py). `raw_mail` is what its parent falls back to.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from apps.channels.connectors.email.addresses import read_addresses, read_sender
from apps.channels.connectors.email.bodies import BodyReader
from apps.channels.connectors.email.charset import decode_bytes
from apps.channels.connectors.email.guard import inspect
from apps.channels.connectors.email.headers import (
    HeaderBlock,
    clean_line,
    header_text,
    message_ids,
    parse_date,
    unstructured,
)
from apps.channels.connectors.email.language import guess_language
from apps.channels.connectors.email.limits import DEFAULT_LIMITS, Limits
from apps.channels.connectors.email.parsed import (
    KEPT_HEADERS,
    AddressFlag,
    AuthResult,
    MailAddress,
    Notice,
    ParsedMail,
    Quality,
)
from apps.channels.connectors.email.reports import guess_bounce, read_report
from apps.channels.connectors.email.structure import read_structure

_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")
_AUTH_METHOD: Final = re.compile(r"^\s*([a-zA-Z][\w-]{1,30})\s*=\s*([a-zA-Z]{2,20})")
_AUTH_DOMAIN: Final = re.compile(
    r"(?:header\.(?:from|d|i)|smtp\.(?:mailfrom|helo))\s*=\s*\"?(?:[^\s;\"@]{0,200}@)?([^\s;\"@]{1,250})"
)
_MAX_AUTH_RESULTS: Final = 30
_KEPT_VALUE_CHARS: Final = 500
_BENIGN: Final = frozenset({"header_8bit", "encrypted", "winmail", "no_text"})


class _Notes:
    """Collects each notice once, in order."""

    def __init__(self, given: tuple[Notice, ...] = ()) -> None:
        self._found: dict[tuple[str, str], Notice] = {(item.code, item.detail): item for item in given}

    def __call__(self, code: str, detail: str) -> None:
        if len(self._found) < 50:
            self._found.setdefault((code, detail), Notice(code, detail))

    @property
    def found(self) -> tuple[Notice, ...]:
        return tuple(self._found.values())


def parse_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> ParsedMail:
    """Read a mail; the caller bounds time and memory."""
    inspection = inspect(raw, limits)
    if not inspection.is_readable:
        return raw_mail(raw, inspection.notices or (Notice("empty"),), limits)
    note = _Notes(inspection.notices)
    readable = _with_newlines(raw, note)
    root = read_structure(readable, limits, note)
    headers = root.headers
    bodies = BodyReader(limits, note).read(root)
    if not (bodies.text or bodies.html or bodies.attachments):
        note("no_text", "")
    subject = unstructured(headers.first("subject"), limits, note)
    from_ = read_sender(headers.all("from"), limits, note)
    report = read_report(root, limits, note) or guess_bounce(
        sender=from_.address,
        subject=subject,
        return_path=headers.text("return-path") if headers.first("return-path") is not None else None,
        text=bodies.text,
    )
    quality = Quality.STRICT if all(item.code in _BENIGN for item in note.found) else Quality.TOLERANT
    ids = message_ids(headers.all("message-id"), 1)
    return ParsedMail(
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        quality=quality,
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(headers.all("in-reply-to"), limits.references),
        references=message_ids(headers.all("references"), limits.references),
        subject=subject,
        from_=from_,
        sender=_sender(headers, limits, note),
        reply_to=read_addresses(headers.all("reply-to"), limits, note),
        to=read_addresses(headers.all("to"), limits, note),
        cc=read_addresses(headers.all("cc"), limits, note),
        date=parse_date(headers.first("date")),
        text=bodies.text,
        html=bodies.html,
        attachments=tuple(bodies.attachments),
        headers=_kept(headers),
        auth_results=_auth_results(headers),
        report=report,
        language=guess_language(subject, bodies.text),
        content_type=root.content_type,
        notices=note.found,
    )


def raw_mail(raw: bytes, notices: tuple[Notice, ...], limits: Limits = DEFAULT_LIMITS) -> ParsedMail:
    """The last resort, also in the parent process: the plainest headers by bounded look-ups and the body as text.

    Uses nothing that parses: no addresses beyond one unmistakable form, no MIME, no transfer encodings.
    """
    head, body = _halves(raw, limits)
    sender = _plain_header(head, b"from")
    match = _ONE_ADDRESS.fullmatch(sender)
    address = match.group(1) or match.group(2) if match else ""
    from_ = MailAddress("", address.lower(), ()) if address else MailAddress("", "", (AddressFlag.INVALID,))
    text = decode_bytes(body[: limits.raw_text_chars]).text.replace("\r\n", "\n").replace("\r", "\n").strip()
    message_id = _PLAIN_ID.search(_plain_header(head, b"message-id"))
    return ParsedMail(
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        quality=Quality.RAW,
        notices=notices,
        message_id=message_id.group(1) if message_id else "",
        subject=clean_line(_plain_header(head, b"subject"), 500),
        from_=from_,
        date=None,
        text=text,
        language="",
        headers=tuple(
            (name, clean_line(value, _KEPT_VALUE_CHARS))
            for name in ("auto-submitted", "precedence", "list-id", "return-path")
            if (value := _plain_header(head, name.encode()))
        ),
        content_type="text/plain",
    )


_PLAIN_ADDRESS: Final = r"[\w.+-]{1,64}@[\w.-]{1,190}"
_ONE_ADDRESS: Final = re.compile(
    rf"({_PLAIN_ADDRESS})|(?:[^<>@,;:()\"]{{0,200}}|\"[^\"<>@]{{0,200}}\" ?)<({_PLAIN_ADDRESS})>", re.ASCII
)
_PLAIN_ID: Final = re.compile(r"<([^<>\s]{1,500})>")


def sender_hint(raw: bytes) -> str:
    """Whoever the mail says it is from, by a plain look-up: only to keep one sender's mails in order."""
    head, _ = _halves(raw, DEFAULT_LIMITS)
    return _plain_header(head, b"from").rpartition("<")[2].strip("<> \t").lower()[:300]


def _halves(raw: bytes, limits: Limits) -> tuple[bytes, bytes]:
    start = raw[: limits.header_block_bytes + limits.raw_text_chars]
    for blank in (b"\r\n\r\n", b"\n\n", b"\r\r"):
        position = start.find(blank)
        if position >= 0:
            return start[: min(position, limits.header_block_bytes)], start[position + len(blank) :]
    return start[: limits.header_block_bytes], start


def _plain_header(head: bytes, name: bytes) -> str:
    """The first header of a name, cut at 2,000 bytes; `head` starts with a header or a blank."""
    lowered = head.lower()
    position = 0 if lowered.startswith(name + b":") else lowered.find(b"\n" + name + b":") + 1
    if position == 0 and not lowered.startswith(name + b":"):
        return ""
    value = head[position + len(name) + 1 : position + len(name) + 2001]
    lines = value.replace(b"\r\n", b"\n").split(b"\n")
    kept = [lines[0]]
    for line in lines[1:]:
        if not line.startswith((b" ", b"\t")):
            break
        kept.append(line)
    return header_text(b" ".join(item.strip() for item in kept)).strip()


def _with_newlines(raw: bytes, note: _Notes) -> bytes:
    """Mails whose lines end in bare carriage returns, as some senders of the nineties still make them."""
    sample = raw[:65536]
    if b"\n" in sample or b"\r" not in sample:
        return raw
    note("bare_carriage_returns", "")
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _sender(headers: HeaderBlock, limits: Limits, note: _Notes) -> MailAddress:
    values = headers.all("sender")
    return read_sender(values, limits, note) if values else MailAddress()


def _kept(headers: HeaderBlock) -> tuple[tuple[str, str], ...]:
    kept = [
        (name, clean_line(header_text(value[:2000]), _KEPT_VALUE_CHARS))
        for name, value in headers.fields
        if name in KEPT_HEADERS
    ]
    return tuple(kept[:100])


def _auth_results(headers: HeaderBlock) -> tuple[AuthResult, ...]:
    found: list[AuthResult] = []
    for value in headers.all("authentication-results")[:10]:
        text = _COMMENT.sub(" ", header_text(value[:8000]))
        server, _, rest = text.partition(";")
        name = server.split()[0].lower() if server.split() else ""
        for item in rest.split(";"):
            method = _AUTH_METHOD.match(item)
            if method and len(found) < _MAX_AUTH_RESULTS:
                match = _AUTH_DOMAIN.search(item)
                domain = match.group(1).lower() if match else ""
                found.append(AuthResult(name, method.group(1).lower(), method.group(2).lower(), domain))
    return tuple(found)
