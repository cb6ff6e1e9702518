"""PNG: chunks with a name, a length and a checksum."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from apps.core.metadata.orientation import exif_of, orientation_of

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset(
    b"PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT".split()
)


def clean_png(content: bytes) -> bytes:
    """Keeps what the picture and its colours need. Texts, times, unknown chunks and what follows the end go."""
    if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR":
        raise ValueError("no PNG")
    place = len(_SIGNATURE)
    kept = []
    while place + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if name == b"eXIf" and (turned := orientation_of(content[place + 8 : end - 4])) > 1:
            kept.append(_chunk(b"eXIf", exif_of(turned)))
        elif name == b"IHDR" or name in _KEPT:
            kept.append(content[place:end])
        if name == b"IEND":
            break
        place = end
    return _SIGNATURE + b"".join(kept)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
