"""Address headers, read by one pass over the characters: no recursion, no guess without a flag.

Whoever matches a sender to a person uses `MailAddress.is_plain`; a flagged address is shown and never believed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from apps.channels.connectors.email.headers import Note, clean_line, decode_words, header_text
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.parsed import AddressFlag, MailAddress

_SIMPLE: Final = re.compile(
    r'(?:([^"<>@,;:()\\\[\]]*)|"([^"<>@\\]*)"[ \t]*)<([^<>\s@,;:()"\\\[\]]+@[^<>\s@,;:()"\\\[\]]+)>'
)
_VALID: Final = re.compile(
    r"[^\s@<>()\[\],;:\"\\\x00-\x20\x7f]{1,64}@(?:[^\s@<>()\[\],;:\"\\\x00-\x20\x7f]{1,253}|\[[0-9a-fA-F:.IPv]{2,60}\])"
)
_HAS_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"'()]{1,64}@[^\s@<>,;:\"'()]{1,253}\.[^\s@<>,;:\"'()]{2,}")
_NAME_LENGTH: Final = 200
_SIMPLE_LENGTH: Final = 400


@dataclass(slots=True)
class _Pending:
    phrase: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    has_at: bool = False

    @property
    def is_empty(self) -> bool:
        return self.angle is None and not "".join(self.phrase).strip() and not self.comments


def read_addresses(values: list[bytes], limits: Limits, note: Note) -> tuple[MailAddress, ...]:
    """All addresses of the headers of one name, at most `limits.recipients`."""
    found: list[MailAddress] = []
    for value in values:
        if not value.isascii():
            note("header_8bit", "")
        text = header_text(value).strip()
        simple = _SIMPLE.fullmatch(text) if len(text) <= _SIMPLE_LENGTH else None
        if simple:
            phrase = simple.group(1) if simple.group(1) is not None else simple.group(2)
            found.append(_finish(phrase or "", simple.group(3), set(), limits, note))
        else:
            found.extend(_Scanner(text, limits, note, room=limits.recipients - len(found)).run())
        if len(found) >= limits.recipients:
            note("recipients_cut", "")
            return tuple(found[: limits.recipients])
    return tuple(found)


def read_sender(values: list[bytes], limits: Limits, note: Note) -> MailAddress:
    """The one author of a From header; several headers or several addresses are flagged, the first is shown."""
    found = read_addresses(values, limits, note)
    if not found:
        return MailAddress(flags=(AddressFlag.EMPTY,))
    if len(found) == 1 and len(values) == 1:
        return found[0]
    note("from_several", "")
    flags = tuple(sorted({*found[0].flags, AddressFlag.SEVERAL}))
    return MailAddress(found[0].name, found[0].address, flags)


class _Scanner:
    """One pass over a header value; every character advances, whatever it is."""

    def __init__(self, text: str, limits: Limits, note: Note, *, room: int) -> None:
        self.text = text
        self.limits = limits
        self.note = note
        self.room = room
        self.position = 0
        self.found: list[MailAddress] = []
        self.pending = _Pending()
        self.in_group = self.saw_group = False

    def run(self) -> list[MailAddress]:
        steps = {'"': self._quote, "(": self._comment, "<": self._angle, ",": self._end, ";": self._end}
        while self.position < len(self.text) and len(self.found) < self.room:
            char = self.text[self.position]
            steps.get(char, self._plain)(char)
        if len(self.found) < self.room:
            self._flush()
            if self.saw_group and not self.found:
                self.found.append(MailAddress(flags=(AddressFlag.EMPTY, AddressFlag.GROUP)))
        return self.found

    def _quote(self, _: str) -> None:
        quoted, self.position = _quoted(self.text, self.position + 1)
        mark = _QUOTED_MARK if "@" in quoted else ""
        self.pending.phrase.append(f" {mark}{quoted}{mark} ")

    def _comment(self, _: str) -> None:
        comment, self.position, is_closed = _comment(self.text, self.position + 1)
        self.pending.comments.append(comment)
        if not is_closed:
            self.pending.flags.add(AddressFlag.AMBIGUOUS)

    def _angle(self, _: str) -> None:
        close = self.text.find(">", self.position)
        end = close if close >= 0 else len(self.text)
        inner = self.text[self.position + 1 : end]
        if self.pending.angle is not None or close < 0 or "<" in inner:
            self.pending.flags.add(AddressFlag.AMBIGUOUS)
        if self.pending.angle is None:
            self.pending.angle = inner.rpartition("<")[2]
        self.position = end + 1

    def _end(self, char: str) -> None:
        self._flush()
        self.in_group = self.in_group and char != ";"
        self.position += 1

    def _plain(self, char: str) -> None:
        pending = self.pending
        if char == ":" and pending.angle is None and not pending.has_at:
            self.pending = _Pending()
            self.in_group = self.saw_group = True
        elif char in ")>" or (pending.angle is not None and not char.isspace()):
            pending.flags.add(AddressFlag.AMBIGUOUS)
        else:
            pending.phrase.append(char)
            pending.has_at = pending.has_at or char == "@"
        self.position += 1

    def _flush(self) -> None:
        if not self.pending.is_empty:
            if self.in_group:
                self.pending.flags.add(AddressFlag.GROUP)
            self.found.append(_resolve(self.pending, self.limits, self.note))
        self.pending = _Pending()


_QUOTED_MARK: Final = "\ue000"


def _quoted(text: str, position: int) -> tuple[str, int]:
    out: list[str] = []
    length = len(text)
    while position < length:
        char = text[position]
        if char == "\\" and position + 1 < length:
            out.append(text[position + 1])
            position += 2
            continue
        position += 1
        if char == '"':
            break
        out.append(char)
    return "".join(out), position


def _comment(text: str, position: int) -> tuple[str, int, bool]:
    depth, start, length = 1, position, len(text)
    while position < length:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "(") - (char == ")")
        position += 1
        if depth == 0:
            return text[start : position - 1], position, True
    return text[start:length], length, False


def _resolve(pending: _Pending, limits: Limits, note: Note) -> MailAddress:
    phrase = "".join(pending.phrase)
    comment = pending.comments[0] if pending.comments else ""
    if pending.angle is not None:
        return _finish(phrase.replace(_QUOTED_MARK, "") or comment, pending.angle, pending.flags, limits, note)
    unquoted = "".join(phrase.split(_QUOTED_MARK)[::2])
    words = unquoted.split()
    with_at = [word for word in words if "@" in word]
    if len(with_at) != 1 or len(words) != 1 or with_at[0].count("@") != 1:
        pending.flags.add(AddressFlag.AMBIGUOUS if with_at or _QUOTED_MARK in phrase else AddressFlag.EMPTY)
    if not with_at:
        return _finish(phrase.replace(_QUOTED_MARK, ""), "", pending.flags, limits, note)
    return _finish(comment, with_at[0], pending.flags, limits, note)


def _finish(phrase: str, address: str, flags: set[str], limits: Limits, note: Note) -> MailAddress:
    words = decode_words(phrase, limits, note)
    decoded = clean_line(words, _NAME_LENGTH).strip("\"' ")
    pieces = address.split()
    if len(pieces) > 1:
        flags = {*flags, AddressFlag.AMBIGUOUS}  # who read it before us may have taken one of the pieces
    address = "".join(pieces)
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]
    if not address:
        flags = {*flags, AddressFlag.EMPTY}
    elif len(address) > 254 or not _VALID.fullmatch(address):
        flags = {*flags, AddressFlag.INVALID}
        address = clean_line(address, 254)
    in_name = _HAS_ADDRESS.search(_as_read(words))
    if in_name and in_name.group().lower() != address.lower():
        flags = {*flags, AddressFlag.NAME_IS_ADDRESS}
    local, at, domain = address.rpartition("@")
    normal = f"{local}{at}{domain.lower().rstrip('.')}" if at else address
    return MailAddress(decoded, normal, tuple(sorted(flags)))


def _as_read(words: str) -> str:
    """As eyes read it: without what shows nothing, and full width as half width."""
    shown = "".join(sign for sign in words[: 2 * _NAME_LENGTH] if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", shown)
