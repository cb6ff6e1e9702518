"""What a file is, told from its content and never from its name or what the sender says.

Nothing is decoded or unpacked here: an archive or picture that explodes in other software is stored like any other
bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

import puremagic

HEAD = 64 * 1024
FAR = 4 * 1024 * 1024
"""As far as a picture's size is looked for, where its maker wrote much before it."""
MAX_PIXELS = 50_000_000
UNKNOWN = "application/octet-stream"

INLINE_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "text/plain",
    }
)
"""What a browser may show in place. Everything else is offered for download."""

PLAYABLE_TYPES = frozenset(content_type for content_type in INLINE_TYPES if content_type.startswith("audio/"))

CONVERTIBLE_TYPES: Mapping[str, str] = MappingProxyType({"audio/amr": "amr", "audio/amr-wb": "amr"})
"""Recordings that no browser plays, and the name of the container they are read as."""

_JPEG = b"\xff\xd8\xff"
_FILL = re.compile(rb"\xff*")
"""Before a marker of a JPEG there may be as many of these as one likes."""
_ACTIVE = re.compile(r"html|xml|svg|script|multipart|message|x-shockwave|java|pdf\+|wasm", re.IGNORECASE)
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|img|style|link|meta|a\s|\?xml)", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


def sniff(head: bytes) -> str:
    """The content type of a file that begins with these bytes."""
    for sniff_one in (_image, _audio):
        if found := sniff_one(head):
            return found
    if _MARKUP.search(head[:4096]) and b"\0" not in head[:4096]:
        return "text/html"
    return _by_magic(head) or ("text/plain" if _is_text(head) else UNKNOWN)


def is_told_later(head: bytes) -> bool:
    """Whether it begins like a picture whose size may stand behind these bytes: a JPEG says it after everything that its
    maker wrote, and after its colour profile.
    """
    return len(head) >= HEAD and head.startswith(_JPEG) and _image(head) == UNKNOWN


def served_type(content_type: str) -> str:
    """What a download is labelled as: nothing that a browser would run."""
    return UNKNOWN if _ACTIVE.search(content_type) or not _TYPE.fullmatch(content_type) else content_type


def _by_magic(head: bytes) -> str:
    try:
        matches = puremagic.magic_string(head[:8192])
    except (puremagic.PureError, ValueError):
        return ""
    # A match of less than three bytes is a guess.
    known = [match for match in matches if match.mime_type and len(match.byte_match) >= 3 and match.offset == 0]
    found = known[0].mime_type.lower() if known else ""
    return found if _TYPE.fullmatch(found) and found not in INLINE_TYPES else ""


def _is_text(head: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        # The cut at the end of the head may have split a character.
        for cut in range(min(4, len(head) + 1)):
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
    return False


def _image(head: bytes) -> str:
    """Pictures whose size can be read and is one that a screen can bear; others are just bytes."""
    for signature, content_type, size_of in _PICTURES:
        if head.startswith(signature):
            try:
                width, height = size_of(head)
            except (struct.error, ValueError, IndexError):
                return UNKNOWN
            return content_type if 0 < width * height <= MAX_PIXELS else UNKNOWN
    return ""


def _png_size(head: bytes) -> tuple[int, int]:
    if head[12:16] != b"IHDR":
        raise ValueError("no IHDR")
    return struct.unpack_from(">II", head, 16)


def _gif_size(head: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", head, 6)


def _jpeg_size(head: bytes) -> tuple[int, int]:
    place = 2
    while True:
        place = max(place, _FILL.match(head, place).end() - 1)  # type: ignore[union-attr]  # matches nothing, too
        marker, length = struct.unpack_from(">HH", head, place)
        if marker >> 8 != 0xFF:
            raise ValueError("no marker")
        kind = marker & 0xFF
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, place + 5)
            return width, height
        place += 2 if 0xD0 <= kind <= 0xD9 else 2 + length


def _webp_size(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if head[8:12] != b"WEBP":
        raise ValueError("another RIFF")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


_PICTURES: tuple[tuple[bytes, str, Callable[[bytes], tuple[int, int]]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", _png_size),
    (_JPEG, "image/jpeg", _jpeg_size),
    (b"GIF87a", "image/gif", _gif_size),
    (b"GIF89a", "image/gif", _gif_size),
)


def _audio(head: bytes) -> str:
    if head.startswith(b"RIFF"):
        if head[8:12] == b"WAVE":
            return "audio/wav"
        try:
            width, height = _webp_size(head)
        except (struct.error, ValueError, IndexError):
            return UNKNOWN
        return "image/webp" if 0 < width * height <= MAX_PIXELS else UNKNOWN
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    if head.startswith(b"#!AMR\n"):
        return "audio/amr"
    if head.startswith(b"#!AMR-WB\n"):
        return "audio/amr-wb"
    if head[4:11] == b"ftypM4A":
        return "audio/mp4"
    return ""
