"""WebP: chunks in a RIFF, with a header that says which of them there are."""

from __future__ import annotations

import struct
from typing import Final

from apps.core.metadata.orientation import exif_of, orientation_of

_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def clean_webp(content: bytes) -> bytes:
    """Keeps pictures, transparency, timing and colour profile. EXIF, XMP, unknown chunks and what follows go."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise ValueError("no WebP")
    end = min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
    place, turned = 12, 1
    chunks: list[tuple[bytes, bytes]] = []
    while place + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, place)
        body = content[place + 8 : min(end, place + 8 + length)]
        if name == b"EXIF":
            turned = orientation_of(body.removeprefix(b"Exif\0\0"))
        elif name in _KEPT:
            chunks.append((name, body))
        place += 8 + length + (length & 1)
    return _riff(chunks, turned)


def _riff(chunks: list[tuple[bytes, bytes]], turned: int) -> bytes:
    is_extended = bool(chunks) and chunks[0][0] == b"VP8X"
    if is_extended:
        flags = chunks[0][1][0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if turned > 1 else 0)
        chunks[0] = (b"VP8X", bytes([flags]) + chunks[0][1][1:])
        if turned > 1:
            chunks.append((b"EXIF", exif_of(turned)))
    body = b"WEBP" + b"".join(
        struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) & 1) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
