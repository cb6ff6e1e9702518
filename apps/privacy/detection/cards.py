"""Identity cards and bank cards: numbers that carry a check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from apps.privacy.detection.numbers import LIST_SEP, TOKEN, accepted, are_groups, compact, is_grouped

_ID_CARD = re.compile(rf"(?<!\d)[1-9](?:{LIST_SEP}\d){{16}}{LIST_SEP}[\dXx](?![0-9A-Za-z])")
_NEAR_ID_CARD = re.compile(
    r"(?:身份证|证件|(?<![a-z])id(?: card)?(?: no\.?| number)?)[^\d\n]{0,12}?"
    rf"([1-9](?:{LIST_SEP}\d){{16}}{LIST_SEP}[\dXx])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_OLD_ID_CARD = re.compile(r"(?<![0-9A-Za-z])([1-9]\d{5})[ \-]?(\d{6})[ \-]?\d{3}(?![0-9A-Za-z])")
_OTHER_NUMBER = re.compile(r"[单编]号?|快递|流水|(?:order|no|invoice|serial|imei)\b", re.IGNORECASE)
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()  # noqa: SIM905
)
_CARD = re.compile(r"身份证[^\d\n]{0,12}?(\d{15})(?!\d)")
_CARD = re.compile(rf"(?<![\d.])[2-6](?:{LIST_SEP}\d){{12,18}}(?!\d)")
MAX_CARD_GROUPS = 5
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_cards(text: str) -> Iterator[tuple[int, int]]:
    yield from accepted(_ID_CARD, text, lambda number: is_grouped(number, most=6) and is_id_card(compact(number)))
    for match in _NEAR_ID_CARD.finditer(text):
        # Said to be one it counts also when a digit is mistaken.
        number = compact(match[1])
        if number[:2] in _PROVINCES and _is_date(number[6:14]):
            yield match.span(1)
    for match in _OLD_ID_CARD.finditer(text):
        is_other = _OTHER_NUMBER.search(text, max(0, match.start() - 8), match.start())
        if match[1][:2] in _PROVINCES and _is_date("19" + match[2]) and not is_other:
            yield match.span()


def is_id_card(number: str) -> bool:
    """A mainland identity number: region, a date that exists, and the check character of GB 11643."""
    if number[:2] not in _PROVINCES or not _is_date(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_date(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2100


def bank_cards(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while match := _CARD.search(text, position):
        first, length = _card_in(match[0])
        if length:
            yield match.start(), match.start() + length
        position = match.start() + (length or first)


def _card_in(run: str) -> tuple[int, int]:
    """The length of the first group, and of the longest card: its expiry date or other digits may follow."""
    number, lengths, longest = "", [], 0
    for token in TOKEN.finditer(run):
        number += token[0]
        lengths.append(len(token[0]))
        if len(lengths) > MAX_CARD_GROUPS and not are_groups(lengths, MAX_CARD_GROUPS):
            break
        if is_bank_card(number):
            longest = token.end()
    return lengths[0], longest


def is_bank_card(number: str) -> bool:
    """A known scheme's beginning, a length that it uses, and Luhn's check digit."""
    length = len(number)
    if length < 13:
        return False
    scheme = (
        (number[:2] == "62" and 16 <= length <= 19)
        or (number[0] == "4" and length in (13, 16, 19))
        or (("51" <= number[:2] <= "55" or "2221" <= number[:4] <= "2720") and length == 16)
        or (number[:2] in ("34", "37") and length == 15)
        or ("3528" <= number[:4] <= "3589" and length == 16)
        or (number[:2] in ("60", "65", "68", "95") and 16 <= length <= 19)
    )
    return scheme and _luhn(number)


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
