"""An answer in the pieces that a messenger takes: a text of limited length, or one file, at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from apps.channels.contract import Outbound

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[。！？!?.;；])\s*"), re.compile(r"[\s,，、]"))
"""Where a long text is parted, best first."""

UTF_16: Final = "utf-16-le"


def one_by_one(outbound: Outbound, *, max_bytes: int, encoding: str = "utf-8") -> tuple[Outbound, ...]:
    """The text first, then each file. The first piece keeps the key of the whole, by which the message is known.

    A platform that counts characters the way JavaScript does is given in `UTF_16`, two bytes each.
    """
    texts = split_text(outbound.text, max_bytes, encoding)
    pieces = [replace(outbound, text=text, html="", attachments=()) for text in texts]
    pieces += [replace(outbound, text="", html="", attachments=(file,)) for file in outbound.attachments]
    return tuple(
        piece if number == 0 else replace(piece, client_key=f"{outbound.client_key}.{number}")
        for number, piece in enumerate(pieces or [outbound])
    )


def split_text(text: str, max_bytes: int, encoding: str = "utf-8") -> list[str]:
    """Pieces of at most so many bytes, parted where a reader would pause. Nothing for an empty text."""
    rest, pieces = text.strip(), []
    while rest:
        piece = _head(rest, max_bytes, encoding)
        pieces.append(piece.rstrip())
        rest = rest[len(piece) :].lstrip()
    return pieces


def _head(text: str, max_bytes: int, encoding: str) -> str:
    fits = text.encode(encoding, "replace")[:max_bytes].decode(encoding, "ignore")
    if len(fits) >= len(text):
        return text
    for pause in _BREAKS:
        ends = [found.end() for found in pause.finditer(fits)]
        # A piece that is cut in its first half is more disturbing than one that ends at a lesser pause.
        if ends and ends[-1] > len(fits) // 2:
            return fits[: ends[-1]]
    return fits
