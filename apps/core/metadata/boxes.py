"""HEIC, AVIF, MP4 and MOV: boxes within boxes. Nothing is moved, as boxes name each other by place: what goes is zeroed.

How a picture of this kind is turned is a property of its own, not a part of EXIF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.core.metadata.orientation import exif_of

_HOLDERS: Final = frozenset({b"moov", b"trak"})
_BLANKED: Final = frozenset({b"udta", b"meta", b"uuid", b"XMP_"})
"""In a film: what its maker wrote. At the top, `meta` is what a picture is made of."""

_MAX_DEPTH: Final = 4
_MAX_PIECES: Final = 20_000
"""Of all items of a picture. The largest pictures have a few thousand; more only keep a reader busy."""


_FIRST: Final = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
"""Older films begin without saying which kind they are."""


def is_boxes(head: bytes) -> bool:
    return head[4:8] in _FIRST


def clean_boxes(content: bytes) -> bytes:
    """The same with places, devices and texts overwritten."""
    if not is_boxes(content):
        raise ValueError("no boxes")
    made = bytearray(content)
    for box in _boxes(content, 0, len(content)):
        if box.name == b"meta":
            _blank_items(made, box)
        elif box.name == b"uuid":
            _blank(made, box)
        elif box.name in _HOLDERS:
            _clean_film(made, box, 1)
    return bytes(made)


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    body: int
    end: int


def _boxes(content: bytes | bytearray, place: int, end: int) -> Iterator[_Box]:
    while place + 8 <= end:
        length, name = struct.unpack_from(">I4s", content, place)
        body = place + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, body)
            body += 8
        stop = end if length == 0 else min(end, place + length)
        if stop < body:
            raise ValueError("a box without room for its own name")
        yield _Box(name, place, body, stop)
        place = stop


def _blank(made: bytearray, box: _Box) -> None:
    made[box.start + 4 : box.start + 8] = b"free"
    made[box.body : box.end] = bytes(box.end - box.body)


def _clean_film(made: bytearray, holder: _Box, depth: int) -> None:
    for box in _boxes(made, holder.body, holder.end):
        if box.name in _BLANKED:
            _blank(made, box)
        elif box.name in _HOLDERS and depth < _MAX_DEPTH:
            _clean_film(made, box, depth + 1)


# The items of a picture


def _blank_items(made: bytearray, meta: _Box) -> None:
    inside = {box.name: box for box in _boxes(made, meta.body + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return
    unwanted, room = dict(_texts(made, inside[b"iinf"])), len(made)
    for item, in_place, start, length in _places(made, inside[b"iloc"]):
        offset = start if in_place else start + inside[b"idat"].body if b"idat" in inside else -1
        if item in unwanted and 0 <= offset <= len(made):
            stop = min(len(made), offset + length) if length else len(made)
            room -= stop - offset
            if room < 0:
                raise ValueError("pieces over each other")
            made[offset:stop] = _nothing(unwanted[item], stop - offset)


def _nothing(kind: bytes, length: int) -> bytes:
    """As long as what it replaces. Decoders refuse a picture whose EXIF is none."""
    empty = bytes(4) + exif_of(1) if kind == b"Exif" else b""
    return empty.ljust(length, b"\0") if len(empty) <= length else bytes(length)


def _texts(content: bytearray, info: _Box) -> Iterator[tuple[int, bytes]]:
    """The items that are EXIF, or XMP and other texts; each with which it is."""
    start = info.body + (6 if content[info.body] == 0 else 8)
    for box in _boxes(content, start, info.end):
        version = content[box.body]
        if box.name != b"infe" or version < 2:
            continue
        item, _protection, kind = struct.unpack_from(">HH4s" if version == 2 else ">IH4s", content, box.body + 4)
        if kind in (b"Exif", b"mime", b"uri "):
            yield item, kind


def _places(content: bytearray, where: _Box) -> Iterator[tuple[int, bool, int, int]]:
    """Of each piece of each item: the item, whether it is counted from the file's beginning, its place and length."""
    version, sizes = content[where.body], struct.unpack_from(">H", content, where.body + 4)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    reader, room = _Reader(content, where.body + 6), _MAX_PIECES
    for _item in range(reader.number(2 if version < 2 else 4)):
        item = reader.number(2 if version < 2 else 4)
        method = reader.number(2) & 15 if version else 0
        reader.number(2)
        base = reader.number(base_size)
        extents = reader.number(2)
        room -= 1 + extents
        if room < 0:
            raise ValueError("too many pieces")
        for _extent in range(extents):
            reader.number(index_size)
            offset, length = reader.number(offset_size), reader.number(length_size)
            if method < 2:
                yield item, method == 0, base + offset, length


@dataclass(slots=True)
class _Reader:
    content: bytearray
    place: int

    def number(self, size: int) -> int:
        if self.place + size > len(self.content):
            raise ValueError("cut short")
        self.place += size
        return int.from_bytes(self.content[self.place - size : self.place], "big")
