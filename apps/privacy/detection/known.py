"""Values that are known of somebody, wherever they stand and however they are written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from apps.privacy.detection.canonical import is_han, lowered
from apps.privacy.detection.spans import Span, without_overlaps
from apps.privacy.enums import FieldClass
from apps.privacy.masks import surname

_SEPARATORS = r"\s\-.\u200b\u00b7()_/,、*"
_PIECE = re.compile(rf"[^{_SEPARATORS}]+")
_WORD = re.compile(r"[^\W\d_]+")
MIN_WORD = 3
MAX_HAN_NAME = 4


class Folded:
    """A text without blanks, separators and case, that still knows where each character came from."""

    def __init__(self, text: str) -> None:
        parts: list[str] = []
        self._starts: list[int] = []
        self._sources: list[int] = []
        length = 0
        for piece in _PIECE.finditer(lowered(text)):
            parts.append(piece[0])
            self._starts.append(length)
            self._sources.append(piece.start())
            length += len(piece[0])
        self.text = "".join(parts)

    def find(self, value: str) -> Iterator[tuple[int, int]]:
        """Where the folded value stands, as offsets of the original text."""
        position = self.text.find(value)
        while position >= 0:
            yield self._source(position), self._source(position + len(value) - 1) + 1
            position = self.text.find(value, position + len(value))

    def _source(self, index: int) -> int:
        piece = bisect_right(self._starts, index) - 1
        return self._sources[piece] + index - self._starts[piece]


def fold(value: str) -> str:
    """A value in the form in which `Folded` looks for it."""
    return "".join(_PIECE.findall(lowered(value)))


def find_values(text: str, values: Iterable[tuple[FieldClass, str]]) -> list[Span]:
    """Every place where one of the values stands, however it is spaced and in whichever width it is written.

    A name in an alphabet counts as whole words only, and each of its longer words counts by itself; of a Chinese name
    the given name does too.
    """
    found: list[Span] = []
    folded: Folded | None = None
    for kind, value in dict.fromkeys(values):
        whole = fold(value)
        if kind is FieldClass.NAME and not any(is_han(char) for char in whole):
            found.extend(Span(start, end, kind) for start, end in _find_words(text, value))
            continue
        folded = folded or Folded(text)
        for wanted in (whole, *(_parts_of_han(value) if kind is FieldClass.NAME else ())):
            if len(wanted) >= 2:
                found.extend(Span(start, end, kind) for start, end in folded.find(wanted))
    return without_overlaps(found)


def _parts_of_han(name: str) -> Iterator[str]:
    """What people are called by: the given name, and each of several parts. A longer one is a company's."""
    parts = [part for part in _PIECE.findall(lowered(name)) if all(map(is_han, part))]
    if len(parts) > 1:
        yield from parts
    elif parts and len(parts[0]) <= MAX_HAN_NAME:
        yield parts[0].removeprefix(surname(parts[0]))


def _find_words(text: str, name: str) -> Iterator[tuple[int, int]]:
    words = _WORD.findall(lowered(name))
    wanted = [r"[\W_]{0,3}".join(map(re.escape, words))] if len(words) > 1 else []
    wanted += [re.escape(word) for word in words if len(word) >= MIN_WORD]
    if wanted:
        pattern = rf"(?<![^\W\d_])(?:{'|'.join(wanted)})(?![^\W\d_])"
        yield from (match.span() for match in re.finditer(pattern, lowered(text)))
