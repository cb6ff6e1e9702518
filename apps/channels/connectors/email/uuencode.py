"""Files that stand as uuencoded lines in the text of a mail, as old programs write them."""

from __future__ import annotations

import binascii
import re
from typing import Final

UUENCODE: Final = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_BEGIN: Final = re.compile(rb"begin [0-7]{3,4} ?([^\r\n]*)")
_LAST: Final = frozenset({b"`", b""})
_HIGHEST: Final = ord("`")
"""No line of data starts with a sign beyond, so that no two files claim the same line."""


def uudecode(body: bytes) -> bytes:
    """The first file of a body, as far as it can be read."""
    lines = body.splitlines()
    begin = next((number for number, line in enumerate(lines) if _BEGIN.fullmatch(line)), -1)
    return _data(lines, begin + 1)[0]


def split_uuencoded(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text around, and each file with its name. What begins and never ends is text: people write such lines too."""
    whole = body.splitlines(keepends=True)
    lines = [line.rstrip(b"\r\n") for line in whole]
    text: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(lines):
        if begin := _BEGIN.fullmatch(lines[at]):
            content, end = _data(lines, at + 1)
            if content and end < len(lines) and lines[end].rstrip() == b"end":
                files.append((begin[1], content))
                at = end + 1
                continue
        text.append(whole[at])
        at += 1
    return b"".join(text), files


def _data(lines: list[bytes], start: int) -> tuple[bytes, int]:
    """The bytes of the lines from here on, and where the first line stands that is none of them."""
    out = bytearray()
    at = start
    while at < len(lines) and (decoded := _line(lines[at])) is not None:
        out += decoded
        at += 1
    while at < len(lines) and lines[at].strip() in _LAST:
        at += 1
    return bytes(out), at


def _line(line: bytes) -> bytes | None:
    if line.strip() in _LAST or line.rstrip() == b"end" or line[0] > _HIGHEST:
        return None
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return None
