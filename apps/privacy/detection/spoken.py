"""Numbers as people write them so that no machine finds them: in words, in Chinese numerals, with letters for digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.detection.cards import bank_cards, id_cards
from apps.privacy.detection.phones import home_phones
from apps.privacy.enums import FieldClass

_NUMERALS = {
    numeral: str(value)
    for value, numerals in enumerate(
        (
            "零〇洞",
            "一幺壹壱",
            "二贰貳弐",
            "三叁參叄参",
            "四肆",
            "五伍",
            "六陆陸",
            "七柒拐",
            "八捌",
            "九玖勾",
        )
    )
    for numeral in numerals
}
# Of the Latin alphabet, and what looks alike in the Greek, the Cyrillic and the Armenian one.
_LETTERS = dict.fromkeys("OoΟοОоՕօ", "0") | dict.fromkeys("IlΙІіӀӏ", "1")
_LETTER = r"A-Za-z\u0370-\u058f"
_CHARS = "".join([*_NUMERALS, *_LETTERS])
_RUN = re.compile(rf"[0-9{_CHARS}](?:[ \-.\u200b\u00b7()_/,、]{{0,3}}[0-9{_CHARS}]){{10,30}}")
# A letter is meant as a digit where it is no part of a word.
_FOR_DIGITS = re.compile(rf"(?<![{_LETTER}])[{''.join(_LETTERS)}]{{1,24}}(?![{_LETTER}])")
_NUMERALS_TO_DIGITS = str.maketrans({**_NUMERALS, ",": "-"})
_LETTERS_TO_DIGITS = str.maketrans(_LETTERS)
_WORDS = {
    word: str(value)
    for value, words in enumerate(("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))
    for word in words.split()
}
_WORD = "|".join(_WORDS)
# Of a number that is spelled out this many digits differ.
MIN_WORDS = 3
_WORD_RUN = re.compile(rf"(?<![a-z])(?:{_WORD})(?:[ \-,.]{{1,3}}(?:{_WORD})){{8,16}}(?![a-z])", re.IGNORECASE)
_EACH_WORD = re.compile(_WORD, re.IGNORECASE)
_DETECTORS = (
    (FieldClass.ID_NUMBER, id_cards),
    (FieldClass.BANK_CARD, bank_cards),
    (FieldClass.PHONE, home_phones),
)
_PHONE = re.compile(r"(?:86)?1[3-9]\d{9}|1?[2-9]\d{2}[2-9]\d{6}|0\d{9,11}")


def spoken_numbers(text: str) -> Iterator[tuple[int, int, FieldClass]]:
    for match in _RUN.finditer(text):
        if re.search(rf"[{_CHARS}]", match[0]):
            # With what stands around it, for whether a letter is part of a word.
            first = max(0, match.start() - 1)
            yield from _read(text[first : match.end() + 1], first)
    lower = text.lower()
    if sum(word in lower for word in _WORDS) < MIN_WORDS:
        return
    for match in _WORD_RUN.finditer(text):
        digits = "".join(_WORDS[word.lower()] for word in _EACH_WORD.findall(match[0]))
        if _PHONE.fullmatch(digits):
            yield *match.span(), FieldClass.PHONE


def _read(written: str, first: int) -> Iterator[tuple[int, int, FieldClass]]:
    # A numeral before a number may only count it: card one 4111..., so that it is read without the numerals as well.
    with_letters = _FOR_DIGITS.sub(lambda letters: letters[0].translate(_LETTERS_TO_DIGITS), written)
    for plain in dict.fromkeys((with_letters, with_letters.translate(_NUMERALS_TO_DIGITS))):
        for kind, detect in _DETECTORS:
            for start, end in detect(plain):
                yield first + start, first + end, kind
