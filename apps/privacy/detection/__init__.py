"""Finds personal data in free text: at write, once, the places are stored; at read a lens decides what becomes of them.

All patterns run over a copy of the text in which every character stands for exactly one of the original: full-width
forms become ASCII, all kinds of blanks, dashes and invisible characters one of each; then once more without the invisible
ones, of which any number may stand between two digits. Every repetition is bounded, so that the time grows with the
length only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from apps.privacy.detection.canonical import INVISIBLE, canonical, visible
from apps.privacy.detection.cards import bank_cards, id_cards, is_bank_card, is_id_card
from apps.privacy.detection.known import find_values, fold
from apps.privacy.detection.mails import emails
from apps.privacy.detection.names import names
from apps.privacy.detection.papers import documents, handles
from apps.privacy.detection.phones import phones
from apps.privacy.detection.places import places
from apps.privacy.detection.spans import Span, without_overlaps
from apps.privacy.detection.spoken import spoken_numbers
from apps.privacy.enums import FieldClass

__all__ = [
    "DETECTOR_VERSION",
    "Span",
    "canonical",
    "find_spans",
    "find_values",
    "fold",
    "is_bank_card",
    "is_blind",
    "is_id_card",
    "pack",
    "spans_in",
    "unpack",
    "visible",
    "without_overlaps",
]

DETECTOR_VERSION = 4

# No number that the detectors know is shorter.
MIN_DIGITS = 7
LINE = 300
"""Characters of a subject or a preview at most."""
_DIGIT = re.compile(r"\d")


def find_spans(text: str) -> list[Span]:
    """All places of personal data, in order and without overlaps."""
    if not text:
        return []
    canon = canonical(text)
    found = list(_detected(canon))
    if INVISIBLE in canon:
        shown = [place for place, char in enumerate(canon) if char != INVISIBLE]
        # What nobody sees behind the last character goes with it: a keycap, for one.
        ends = [*shown[1:], len(canon)]
        found += [
            Span(shown[span.start], ends[span.end - 1], span.kind) for span in _detected(canon.replace(INVISIBLE, ""))
        ]
    return without_overlaps(found)


def spans_in(text: str) -> Sequence[Span]:
    """`find_spans` of what is read without stored places. Lists show the same lines again and again: they are remembered."""
    return _spans_in_line(text) if len(text) <= LINE else find_spans(text)


@lru_cache(maxsize=8192)
def _spans_in_line(text: str) -> tuple[Span, ...]:
    return tuple(find_spans(text))


def _detected(canon: str) -> Iterator[Span]:
    has_number = len(_DIGIT.findall(canon)) >= MIN_DIGITS
    for kind, detect in (*_NUMBERS, *_DETECTORS) if has_number else _DETECTORS:
        yield from (Span(start, end, kind) for start, end in detect(canon))
    yield from (Span(start, end, kind) for start, end, kind in spoken_numbers(canon))


def pack(spans: Iterable[Span], *, is_blind: bool = False) -> dict[str, Any]:
    """The form that is stored beside a text. One `is_blind` whose writer sees the customer masked (`lens.writes_blind`)."""
    packed = {"v": DETECTOR_VERSION, "spans": [[span.start, span.end, span.kind.value] for span in spans]}
    return {**packed, "blind": True} if is_blind else packed


def is_blind(stored: Any) -> bool:
    return isinstance(stored, dict) and stored.get("blind") is True


def unpack(stored: Any) -> list[Span] | None:
    """The stored places; None when there are none or an older detector found them, so that the reader looks anew."""
    if not isinstance(stored, dict) or stored.get("v") != DETECTOR_VERSION:
        return None
    try:
        return [Span(int(start), int(end), FieldClass(kind)) for start, end, kind in stored["spans"]]
    except (KeyError, TypeError, ValueError):
        return None


_Detector = Callable[[str], Iterator[tuple[int, int]]]
_NUMBERS: tuple[tuple[FieldClass, _Detector], ...] = (
    (FieldClass.ID_NUMBER, id_cards),
    (FieldClass.BANK_CARD, bank_cards),
    (FieldClass.PHONE, phones),
)
_DETECTORS: tuple[tuple[FieldClass, _Detector], ...] = (
    (FieldClass.EMAIL, emails),
    (FieldClass.ID_NUMBER, documents),
    (FieldClass.HANDLE, handles),
    (FieldClass.ADDRESS, places),
    (FieldClass.NAME, names),
)
