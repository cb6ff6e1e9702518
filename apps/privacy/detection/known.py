"""Values that are known of somebody, wherever they stand and however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from apps.privacy.detection.canonical import is_han, lowered
from apps.privacy.detection.spans import Span, without_overlaps
from apps.privacy.enums import FieldClass
from apps.privacy.masks import surname

_SEPARATORS = r"\s\-.\u200b\u00b7()_/,、*"
_PIECE = re.compile(rf"[^{_SEPARATORS}]+")
_WORD = re.compile(r"[^\W\d_]+")
MIN_WORD = 3
MAX_HAN_NAME = 4


def find_values(text: str, values: Iterable[tuple[FieldClass, str]]) -> list[Span]:
    """Every place where one of the values stands, however it is spaced and in whichever width it is written.

    A name in an alphabet counts as whole words only, and each of its longer words counts by itself; of a Chinese name
    the given name does too.
    """
    patterns = [(kind, pattern) for kind, value in dict.fromkeys(values) for pattern in _patterns_of(kind, value)]
    if not patterns:
        return []
    plain = lowered(text)
    return without_overlaps(
        Span(*match.span(), kind) for kind, pattern in patterns for match in pattern.finditer(plain)
    )


def fold(value: str) -> str:
    """A value without blanks, separators and case."""
    return "".join(_PIECE.findall(lowered(value)))


# A page shows many texts about few people.
@lru_cache(maxsize=2048)
def _patterns_of(kind: FieldClass, value: str) -> tuple[re.Pattern[str], ...]:
    """Each begins with a letter that it must have, so that a text without it is passed over fast."""
    whole = fold(value)
    if kind is FieldClass.NAME and not any(map(is_han, whole)):
        return tuple(map(re.compile, _words_of(value)))
    parts = _parts_of_han(value) if kind is FieldClass.NAME else ()
    return tuple(
        re.compile(rf"[{_SEPARATORS}]*".join(map(re.escape, wanted)))
        for wanted in dict.fromkeys((whole, *parts))
        if len(wanted) >= 2
    )


def _parts_of_han(name: str) -> Iterator[str]:
    """What people are called by: the given name, and each of several parts. A longer one is a company's."""
    parts = [part for part in _PIECE.findall(lowered(name)) if all(map(is_han, part))]
    if len(parts) > 1:
        yield from parts
    elif parts and len(parts[0]) <= MAX_HAN_NAME:
        yield parts[0].removeprefix(surname(parts[0]))


def _words_of(name: str) -> Iterator[str]:
    words = _WORD.findall(lowered(name))
    wanted = [r"[\W_]{0,3}".join(map(re.escape, words))] if len(words) > 1 else []
    wanted += [re.escape(word) for word in words if len(word) >= MIN_WORD]
    for each in wanted:
        first = each[0]
        yield rf"{first}(?<![^\W\d_]{first}){each[1:]}(?![^\W\d_])"
