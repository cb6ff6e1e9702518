"""JPEG: segments between markers, and scans that end at the next marker."""

from __future__ import annotations

import re
import struct
from typing import Final

from apps.core.metadata.orientation import exif_of, orientation_of

_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""

_FILL: Final = re.compile(rb"\xff+")
_EXIF: Final = b"Exif\0\0"


def clean_jpeg(content: bytes) -> bytes:
    """Keeps what decoding needs, colour profiles included. What follows the end (other pictures, films) goes."""
    if content[:2] != b"\xff\xd8" or _next_marker(content, 2)[0] is None:
        raise ValueError("no JPEG")
    kept, place, turned = [b""], 2, 1
    while place < len(content):
        marker, place = _next_marker(content, place)
        if marker in (_END, None):
            break
        if marker in _ALONE or marker == _START:
            continue
        length = struct.unpack_from(">H", content, place)[0]
        body = content[place + 2 : place + length]
        if marker == 0xE1 and body.startswith(_EXIF):
            turned = max(turned, orientation_of(body[len(_EXIF) :]))
        elif _is_needed(marker, body):
            kept.append(_segment(marker, body))
        place += length
        if marker == _SCAN:
            end = _end_of_scan(content, place)
            kept.append(content[place:end])
            place = end
    if turned > 1:
        kept[0] = _segment(0xE1, _EXIF + exif_of(turned))
    return b"\xff\xd8" + b"".join(kept) + b"\xff\xd9"


def _next_marker(content: bytes, place: int) -> tuple[int | None, int]:
    """The next marker, over fill bytes and over rubbish in between, as decoders do it; and where it ends."""
    while (place := content.find(b"\xff", place)) >= 0:
        place = _FILL.match(content, place).end()  # type: ignore[union-attr]  # it begins with one
        if content[place : place + 1] not in (b"", b"\0"):
            return content[place], place + 1
    return None, len(content)


def _is_needed(marker: int, body: bytes) -> bool:
    if marker == 0xE0:
        return body.startswith(b"JFIF\0")  # JFXX holds a preview
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0")
    if marker == 0xEE:
        return body.startswith(b"Adobe")  # says how colours are stored
    return not (0xE0 <= marker <= 0xEF or marker == _COMMENT)


def _segment(marker: int, body: bytes) -> bytes:
    if marker == 0xE0:
        body = body[:12] + b"\0\0"  # without its preview
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _end_of_scan(content: bytes, place: int) -> int:
    while (place := content.find(b"\xff", place)) >= 0:
        following = content[place + 1 : place + 2]
        if following and following[0] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return place
        place += 1 if following == b"\xff" else 2
    return len(content)
