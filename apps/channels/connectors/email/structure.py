"""The MIME tree of a mail as offsets into its bytes: one pass a level, bounded in parts and depth, never recursive.

Working on offsets keeps a forwarded mail's exact bytes and makes a thousand nested levels as cheap as one.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from apps.channels.connectors.email.headers import HeaderBlock, Note, lenient_base64, parameters, read_header_block
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.uuencode import UUENCODE, uudecode

_TYPE: Final = re.compile(r"[\w.+!#$&^-]{1,100}/[\w.+!#$&^-]{1,100}")
_LOST_BOUNDARY: Final = re.compile(
    rb"(?<![^\n])--([^\s][^\r\n]{0,199}?)[ \t]{0,20}\r?\n(?=[A-Za-z][A-Za-z-]{0,60}[ \t]{0,20}:)"
)
_DELIMITER_REST: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_NEWLINE: Final = ord("\n")


@dataclass(slots=True)
class Part:
    headers: HeaderBlock
    raw: bytes = field(repr=False)
    start: int
    end: int
    depth: int
    content_type: str = "text/plain"
    type_parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/")

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def encoding(self) -> str:
        return self.headers.text("content-transfer-encoding").partition(";")[0].strip().strip('"').lower()

    def content(self) -> bytes:
        """The body with its transfer encoding taken off, as far as it can be."""
        encoding = self.encoding
        if encoding == "base64":
            return lenient_base64(self.body)
        if encoding in {"quoted-printable", "quoted_printable", "quotedprintable"}:
            return binascii.a2b_qp(self.body)
        if encoding in UUENCODE:
            return uudecode(self.body)
        return self.body


def read_structure(raw: bytes, limits: Limits, note: Note) -> Part:
    """The tree of parts; leaves that exceed a bound stay undivided."""
    root = _read_part(raw, 0, len(raw), 0, "text/plain", limits, note)
    pending = [root]
    count = 1
    while pending:
        part = pending.pop()
        if not part.is_multipart:
            continue
        if part.depth >= limits.depth:
            note("depth_cut", "")
            continue
        segments = _segments(part, note)
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in segments:
            if count >= limits.parts:
                note("parts_cut", "")
                return root
            part.children.append(_read_part(raw, start, end, part.depth + 1, default, limits, note))
            count += 1
        pending.extend(reversed(part.children))
    return root


def _read_part(raw: bytes, start: int, end: int, depth: int, default: str, limits: Limits, note: Note) -> Part:
    headers, body = read_header_block(raw, start, end, limits, note)
    part = Part(headers=headers, raw=raw, start=body, end=end, depth=depth, content_type=default)
    declared = headers.text("content-type")
    if declared:
        kind, part.type_parameters = parameters(declared, limits, note)
        if _TYPE.fullmatch(kind):
            part.content_type = kind
        else:
            note("content_type_broken", "")
            part.content_type = {"text": "text/plain", "html": "text/html"}.get(kind, default)
    disposition = headers.text("content-disposition")
    if disposition:
        part.disposition, part.disposition_parameters = parameters(disposition, limits, note)
    return part


def _segments(part: Part, note: Note) -> list[tuple[int, int]]:
    boundary = part.type_parameters.get("boundary", "").encode("utf-8", "replace")[:250].rstrip()
    found = _split_at(part, boundary) if boundary else []
    if not found:
        lost = _LOST_BOUNDARY.search(part.raw, part.start, part.end)
        if lost:
            found = _split_at(part, lost.group(1))
        note("boundary_recovered" if found else "boundary_missing", "")
    return found


def _split_at(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Ranges between the delimiter lines; what follows the closing one is not read."""
    ranges: list[tuple[int, int]] = []
    opened: int | None = None
    for start, end, is_closing in _delimiters(part, b"--" + boundary):
        if opened is not None:
            ranges.append((opened, max(opened, _before_newline(part.raw, start))))
        opened = None if is_closing else end
        if is_closing:
            break
    if opened is not None and opened < part.end:
        ranges.append((opened, part.end))
    return ranges


def _delimiters(part: Part, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Lines that are a delimiter, alone or with the closing mark: (start, start of the next line, closing)."""
    raw = part.raw
    position = part.start
    while True:
        start = raw.find(delimiter, position, part.end)
        if start < 0:
            return
        position = start + len(delimiter)
        if start > 0 and raw[start - 1] != _NEWLINE:
            continue
        rest = _DELIMITER_REST.match(raw, position, part.end)
        if rest:
            position = rest.end()
            yield start, position, rest.group(1) is not None


def _before_newline(raw: bytes, position: int) -> int:
    if raw[position - 2 : position] == b"\r\n":
        return position - 2
    return position - 1 if raw[position - 1 : position] == b"\n" else position
