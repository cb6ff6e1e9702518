"""Header blocks and header values: bounded, linear and without exceptions.

Python's own header parser raises on about one real mail in eighteen and needs minutes for some small ones
(docs/decisions/0006-mail-libraries.md), so values are read here and only composed by the standard library.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from apps.channels.connectors.email.charset import decode_bytes, known_charset
from apps.channels.connectors.email.limits import Limits

Note = Callable[[str, str], None]
"""Takes a notice's code and detail."""

_HEADER_LINE: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_BLANK_LINE: Final = re.compile(rb"(?<![^\n])\r?\n")
_FOLD: Final = re.compile(rb"\r?\n")
_ENCODED_WORD: Final = re.compile(
    r"=\?([^?\s=]{1,60}(?:\*[^?\s]{0,20})?)\?([BbQq])\?([^?\r\n]*(?:\?(?!=)[^?\r\n]*){0,8})\?="
)
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_SPACES: Final = re.compile(r"\s+")
_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,990})>")
_BARE_ID: Final = re.compile(r"[^<>\s@,;]{1,500}@[^<>\s@,;]{1,400}")
_CONTINUED: Final = re.compile(r"^([^*]+)\*(?:(\d{1,4})(\*?))?$|^([^*]+)\*$")
_KEEP_TAIL: Final = frozenset({"references", "in-reply-to"})


@dataclass(slots=True)
class HeaderBlock:
    """The headers of a mail or part as (lower-case name, unfolded raw bytes), in order."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)

    def first(self, name: str) -> bytes | None:
        return next((value for key, value in self.fields if key == name), None)

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.fields if key == name]

    def text(self, name: str) -> str:
        """The first value as text with 8-bit bytes repaired; encoded words stay as they are."""
        value = self.first(name)
        return header_text(value) if value is not None else ""


def read_header_block(raw: bytes, start: int, end: int, limits: Limits, note: Note) -> tuple[HeaderBlock, int]:
    """Read headers from `start`; answers them and where the body begins."""
    block = HeaderBlock()
    stop = min(end, start + limits.header_block_bytes)
    position = _skip_preamble(raw, start, stop)
    name, value_start, value_end = "", 0, 0

    def close() -> None:
        if name:
            block.fields.append((name, _unfold(raw, name, value_start, value_end, limits, note)))

    while position < end:
        if position >= stop or len(block.fields) >= limits.headers:
            note("headers_cut", "")
            close()
            blank = _BLANK_LINE.search(raw, position, end)
            return block, blank.end() if blank else end
        newline = raw.find(b"\n", position, end)
        line_end = end if newline < 0 else newline + 1
        first = raw[position : position + 1]
        if first == b"\n" or raw[position : position + 2] == b"\r\n":
            close()
            return block, line_end
        match = _HEADER_LINE.match(raw, position, line_end)
        if match:
            close()
            name = match.group(1).decode("ascii").lower()
            value_start, value_end = match.end(), line_end
        elif first in b" \t" and name:
            value_end = line_end
        elif name and _header_follows(raw, line_end, end):
            note("header_broken", "")
            value_end = line_end
        else:
            note("header_broken", "")
            close()
            return block, position
        position = line_end
    close()
    return block, end


def _skip_preamble(raw: bytes, start: int, stop: int) -> int:
    """Blank lines and an mbox "From " line before the first header."""
    position = start
    if start == 0:
        while raw[position : position + 1] in {b"\r", b"\n"} and position < stop:
            position += 1
        if raw.startswith((b"From ", b">From "), position):
            newline = raw.find(b"\n", position, stop)
            position = newline + 1 if newline >= 0 else position
    return position


def _header_follows(raw: bytes, position: int, end: int) -> bool:
    """Whether the header block plainly goes on after a line that is none: fewer than three such lines are forgiven."""
    for _ in range(3):
        if position >= end:
            return False
        if _HEADER_LINE.match(raw, position, end):
            return True
        newline = raw.find(b"\n", position, end)
        line = raw[position : newline if newline >= 0 else end].strip()
        if not line or newline < 0:
            return False
        position = newline + 1
    return False


def _unfold(raw: bytes, name: str, start: int, end: int, limits: Limits, note: Note) -> bytes:
    if end - start > limits.header_bytes:
        note("header_cut", name)
        if name in _KEEP_TAIL:
            start = end - limits.header_bytes
        else:
            end = start + limits.header_bytes
    return _FOLD.sub(b"", raw[start:end]).strip()


def header_text(value: bytes) -> str:
    """A raw header value as text: ASCII as it is, 8-bit bytes as UTF-8, GB 18030 or the best guess."""
    return value.decode("ascii") if value.isascii() else decode_bytes(value).text


def decode_words(value: str, limits: Limits, note: Note) -> str:
    """Decode RFC 2047 encoded words, also those that split a character or their base64 in the middle."""
    if "=?" not in value:
        return value
    pieces: list[str] = []
    run: list[tuple[str, str, str]] = []
    position = 0
    for count, match in enumerate(_ENCODED_WORD.finditer(value)):
        if count >= limits.encoded_words:
            note("encoded_words_cut", "")
            return "".join([*pieces, _decode_run(run, note)])
        between = value[position : match.start()]
        if not run or between.strip():
            pieces += [_decode_run(run, note), between]
            run = []
        run.append((match.group(1).partition("*")[0], match.group(2).upper(), match.group(3)))
        position = match.end()
    return "".join([*pieces, _decode_run(run, note), value[position:]])


def _decode_run(run: list[tuple[str, str, str]], note: Note) -> str:
    """Neighbouring words of one charset are joined as bytes before decoding, for a character may be split."""
    out: list[str] = []
    for charset, group in _grouped(run):
        decoded = decode_bytes(_join_words(group), charset)
        if decoded.is_repaired:
            note("charset_repaired", charset.lower()[:40] if known_charset(charset) else "unknown")
        out.append(decoded.text)
    return "".join(out)


def _grouped(run: list[tuple[str, str, str]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    current = ""
    group: list[tuple[str, str]] = []
    for charset, encoding, text in run:
        if group and charset.lower() != current:
            yield current, group
            group = []
        current = charset.lower()
        group.append((encoding, text))
    if group:
        yield current, group


def _join_words(group: list[tuple[str, str]]) -> bytes:
    data = bytearray()
    pending = ""
    for encoding, text in group:
        if encoding == "B":
            pending += "".join(text.split())
            if pending.endswith("=") or len(pending) % 4 == 0:
                data += lenient_base64(pending.encode("utf-8", "replace"))
                pending = ""
            continue
        data += lenient_base64(pending.encode("utf-8", "replace"))
        pending = ""
        data += binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)
    return bytes(data + lenient_base64(pending.encode("utf-8", "replace")))


def lenient_base64(data: bytes) -> bytes:
    """Base64 with junk, missing padding or a torn end; keeps every whole byte it can."""
    if not data:
        return b""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", data)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


def clean_line(text: str, length: int = 1000) -> str:
    """One visible line: no control, bidi or zero-width characters, spaces folded."""
    return _SPACES.sub(" ", _INVISIBLE.sub(" ", text)).strip()[:length]


def unstructured(value: bytes | None, limits: Limits, note: Note, *, length: int = 1000) -> str:
    """A header such as Subject, decoded and made one line."""
    if not value:
        return ""
    if not value.isascii():
        note("header_8bit", "")
    return clean_line(decode_words(header_text(value), limits, note), length)


def message_ids(values: list[bytes], limit: int) -> tuple[str, ...]:
    """Message-IDs without angle brackets, in order, the last `limit` of them."""
    found: list[str] = []
    for value in values:
        text = _INVISIBLE.sub("", header_text(value))
        ids = _MESSAGE_ID.findall(text)
        found.extend(ids or _BARE_ID.findall(text))
    return tuple(dict.fromkeys(found[-limit:]))


def parse_date(value: bytes | None) -> datetime | None:
    """The Date header in UTC, or None where it is missing or beyond belief."""
    if not value:
        return None
    try:
        stamp = parsedate_to_datetime(clean_line(header_text(value), 120))
        stamp = stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return stamp if 1980 <= stamp.year <= 2100 else None


def parameters(value: str, limits: Limits, note: Note) -> tuple[str, dict[str, str]]:
    """Main value and parameters of Content-Type or Content-Disposition, RFC 2231 and its usual breaches included."""
    main, pairs = _split_parameters(value, limits, note)
    simple: dict[str, str] = {}
    continued: dict[str, dict[int, tuple[str, bool]]] = {}
    for key, text in pairs:
        match = _CONTINUED.match(key)
        if match is None:
            simple.setdefault(key, text)
        elif match.group(4) is not None:
            continued.setdefault(match.group(4), {}).setdefault(0, (text, True))
        else:
            number = int(match.group(2)) if match.group(2) is not None else 0
            encoded = match.group(3) == "*" or match.group(2) is None
            continued.setdefault(match.group(1), {}).setdefault(number, (text, encoded))
    result = {key: decode_words(text, limits, note) for key, text in simple.items()}
    for key, pieces in continued.items():
        result[key] = _join_continuations(pieces, note)
    return main.strip().lower(), result


def _split_parameters(value: str, limits: Limits, note: Note) -> tuple[str, list[tuple[str, str]]]:
    main, _, rest = value.partition(";")
    pairs: list[tuple[str, str]] = []
    position, length = 0, len(rest)
    while position < length:
        if len(pairs) >= limits.parameters:
            note("parameters_cut", "")
            break
        equals = rest.find("=", position)
        if equals < 0:
            break
        key = rest[position:equals].strip(" \t;").lower()
        key = key.rpartition(";")[2].strip()
        text, position = _parameter_value(rest, equals + 1)
        if key:
            pairs.append((key[:80], text))
    return main, pairs


def _parameter_value(rest: str, position: int) -> tuple[str, int]:
    length = len(rest)
    while position < length and rest[position] in " \t":
        position += 1
    if position < length and rest[position] == '"':
        out: list[str] = []
        position += 1
        while position < length:
            char = rest[position]
            if char == "\\" and position + 1 < length and rest[position + 1] in '"\\':
                out.append(rest[position + 1])
                position += 2
                continue
            if char == '"':
                break
            out.append(char)
            position += 1
        semicolon = rest.find(";", position)
        return "".join(out), length if semicolon < 0 else semicolon + 1
    semicolon = rest.find(";", position)
    stop = length if semicolon < 0 else semicolon
    return rest[position:stop].strip(), stop + 1


def _join_continuations(pieces: dict[int, tuple[str, bool]], note: Note) -> str:
    charset = ""
    data = bytearray()
    for number in sorted(pieces):
        text, encoded = pieces[number]
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        plain = text.encode("utf-8", "surrogateescape") if not encoded else unquote_to_bytes(text)
        data += plain
    decoded = decode_bytes(bytes(data), charset)
    if decoded.is_repaired and charset:
        note("charset_repaired", charset.lower()[:40] if known_charset(charset) else "unknown")
    return decoded.text
