"""GIF: blocks, each a row of pieces of at most 255 bytes."""

from __future__ import annotations

from typing import Final

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def clean_gif(content: bytes) -> bytes:
    """Keeps pictures, their timing and how often they run. Comments, XMP and what follows the end go."""
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise ValueError("no GIF")
    place = 13 + _colours(content[10])
    kept = [content[:place]]
    while place < len(content) and content[place] != _END:
        end = _end_of_block(content, place)
        if _is_needed(content, place):
            kept.append(content[place:end])
        place = end
    return b"".join(kept) + bytes([_END])


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _end_of_block(content: bytes, place: int) -> int:
    if content[place] == _IMAGE:
        return _end_of_pieces(content, place + 11 + _colours(content[place + 9]))
    if content[place] == _EXTENSION:
        return _end_of_pieces(content, place + 2)
    raise ValueError("unknown block")


def _end_of_pieces(content: bytes, place: int) -> int:
    while place < len(content) and content[place]:
        place += 1 + content[place]
    return place + 1


def _is_needed(content: bytes, place: int) -> bool:
    if content[place] == _IMAGE:
        return True
    label = content[place + 1]
    return label == _CONTROL or (label == _APPLICATION and content[place + 3 : place + 14] in _LOOPS)
