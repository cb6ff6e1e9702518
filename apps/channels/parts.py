"""An answer in the pieces that a messenger takes: a text of limited length, or one file, at a time."""

from __future__ import annotations

import re
from dataclasses import replace

from apps.channels.contract import Outbound

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[。！？!?.;；])\s*"), re.compile(r"[\s,，、]"))
"""Where a long text is parted, best first."""


def one_by_one(outbound: Outbound, *, max_bytes: int) -> tuple[Outbound, ...]:
    """The text first, then each file. The first piece keeps the key of the whole, by which the message is known."""
    pieces = [replace(outbound, text=text, html="", attachments=()) for text in split_text(outbound.text, max_bytes)]
    pieces += [replace(outbound, text="", html="", attachments=(file,)) for file in outbound.attachments]
    return tuple(
        piece if number == 0 else replace(piece, client_key=f"{outbound.client_key}.{number}")
        for number, piece in enumerate(pieces or [outbound])
    )


def split_text(text: str, max_bytes: int) -> list[str]:
    """Pieces of at most so many bytes of UTF-8, parted where a reader would pause. Nothing for an empty text."""
    rest, pieces = text.strip(), []
    while rest:
        piece = _head(rest, max_bytes)
        pieces.append(piece.rstrip())
        rest = rest[len(piece) :].lstrip()
    return pieces


def _head(text: str, max_bytes: int) -> str:
    fits = text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")
    if len(fits) >= len(text):
        return text
    for pause in _BREAKS:
        ends = [found.end() for found in pause.finditer(fits)]
        # A piece that is cut in its first half is more disturbing than one that ends at a lesser pause.
        if ends and ends[-1] > len(fits) // 2:
            return fits[: ends[-1]]
    return fits
