"""Finds personal data in free text: at write, once, the places are stored; at read a lens decides what becomes of them.

All patterns run over a copy of the text in which every character stands for exactly one of the original: full-width
forms become ASCII, all kinds of blanks, dashes and invisible characters one of each; then once more without the invisible
ones, of which any number may stand between two digits. Every repetition is bounded, so that the time grows with the
length only.
"""

from __future__ import annotations

import re
import string
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from apps.privacy.enums import FieldClass
from apps.privacy.masks import surname

DETECTOR_VERSION = 2


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`text[start:end]` is personal data of this kind."""

    start: int
    end: int
    kind: FieldClass


def find_spans(text: str) -> list[Span]:
    """All places of personal data, in order and without overlaps."""
    if not text:
        return []
    canon = canonical(text)
    found = list(_detected(canon))
    if INVISIBLE in canon:
        shown = [place for place, char in enumerate(canon) if char != INVISIBLE]
        found += [
            Span(shown[span.start], shown[span.end - 1] + 1, span.kind)
            for span in _detected(canon.replace(INVISIBLE, ""))
        ]
    return without_overlaps(found)


def _detected(canon: str) -> Iterator[Span]:
    for kind, detect in _DETECTORS:
        yield from (Span(start, end, kind) for start, end in detect(canon))


def pack(spans: Iterable[Span]) -> dict[str, Any]:
    """The form that is stored beside a text."""
    return {"v": DETECTOR_VERSION, "spans": [[span.start, span.end, span.kind.value] for span in spans]}


def unpack(stored: Any) -> list[Span] | None:
    """The stored places; None when there are none or an older detector found them, so that the reader looks anew."""
    if not isinstance(stored, dict) or stored.get("v") != DETECTOR_VERSION:
        return None
    try:
        return [Span(int(start), int(end), FieldClass(kind)) for start, end, kind in stored["spans"]]
    except (KeyError, TypeError, ValueError):
        return None


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch the same characters become one, of the kind that covers most."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = last.kind if last.end - last.start >= span.end - span.start else span.kind
            merged[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            merged.append(span)
    return merged


# One character for one character

INVISIBLE = "\u200b"
_BLANKS = "\u00a0\u1680\u202f\u205f\u2800\u3000\t" + "".join(map(chr, range(0x2000, 0x200B)))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u30fc\ufe58\ufe63\uff0d"
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\u20e3]"
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), with the marks of notes between lines and the keycap,
which is drawn around the digit before it.
"""
_DOTS = "\u00b7\u2022\u2027\u30fb\uff0e\u3002"


class _Canon(dict[int, int]):
    """For `str.translate`: fills itself with the canonical form of each character as it is met."""

    def __missing__(self, code: int) -> int:
        self[code] = result = ord(_canonical_char(chr(code)))
        return result


def _canonical_char(char: str) -> str:
    if char in _BLANKS:
        return " "
    if char in _DASHES:
        return "-"
    if _UNSEEN.match(char):
        return INVISIBLE
    if char in _DOTS:
        return "." if char in "\uff0e\u3002" else "\u00b7"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


_canon = _Canon()


def canonical(text: str) -> str:
    """The text with one canonical character for each of its own; offsets are the same."""
    return text.translate(_canon)


def visible(text: str) -> str:
    """Canonical, and without what nobody sees: for comparing words. The offsets are not the text's."""
    return canonical(text).replace(INVISIBLE, "")


# Numbers

# What people put between the digits of a number, at most three of them.
_SEP = r"[ \-.\u200b\u00b7()_/]{0,3}"
# Where the count of digits, or check digits, tell a number from a list, what parts the items of a list as well.
_LIST_SEP = r"[ \-.\u200b\u00b7()_/\n、*]{0,3}"
_LISTED = re.compile(r"[\n、*]")
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\(?\+|00)?86{_LIST_SEP})?(1{_LIST_SEP}[3-9](?:{_LIST_SEP}\d){{9}})(?!\d)")
_INTERNATIONAL = re.compile(rf"(?<![\d+])\(?\+{_SEP}[1-9](?:{_SEP}\d){{6,14}}(?!\d)")
_INTERNATIONAL_LISTED = re.compile(rf"(?<![\d+])\(?\+{_SEP}[1-9](?:{_LIST_SEP}\d){{6,14}}(?!\d)")
_INTERNATIONAL_00 = re.compile(rf"(?<!\d)00[1-9](?:{_SEP}\d){{8,13}}(?!\d)")
_LANDLINE = re.compile(
    r"(?<!\d)[(]?0(?:10|2\d|[3-9]\d{2})[)]?[ \-]{0,2}[2-8]\d{2,3}[ \-]?\d{4}(?:[\-转]\d{1,6})?(?!\d)"
)
_NORTH_AMERICAN = re.compile(r"(?<!\d)(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[\-. ])[2-9]\d{2}[\-. ]\d{4}(?!\d)")
_BRITISH = re.compile(r"(?<!\d)0\d{2,4}[ \-]\d{3,4}[ \-]?\d{3,4}(?!\d)")
_NEAR_PHONE = re.compile(
    r"(?:电话|手机|联系方式|致电|座机|拨打|(?<![a-z])(?:tel|phone|mobile|cell|call me|whatsapp|reach me))"
    rf"([^\d\n]{{0,12}}?)([+(]?\d(?:{_SEP}\d){{6,14}})(?!\d)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(r"单|编号|快递|金额|型号|order|parcel|invoice|serial|imei", re.IGNORECASE)
_ID_CARD = re.compile(rf"(?<!\d)[1-9](?:{_LIST_SEP}\d){{16}}{_LIST_SEP}[\dXx](?![0-9A-Za-z])")
_NEAR_OLD_ID_CARD = re.compile(r"身份证[^\d\n]{0,12}?(\d{15})(?!\d)")
_CARD = re.compile(rf"(?<![\d.])[2-6](?:{_LIST_SEP}\d){{12,18}}(?!\d)")
_TOKEN = re.compile(r"\d+")
MAX_CARD_GROUPS = 5
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for pattern, most in ((_MOBILE, 5), (_INTERNATIONAL, 7), (_INTERNATIONAL_LISTED, 4), (_INTERNATIONAL_00, 7)):
        yield from _accepted(pattern, text, partial(_is_phone_grouped, most=most))
    for pattern in (_LANDLINE, _NORTH_AMERICAN, _BRITISH):
        yield from (match.span() for match in pattern.finditer(text))
    for match in _NEAR_PHONE.finditer(text):
        if _is_grouped(match[2], most=6) and not _OTHER_NUMBER.search(match[1]):
            yield match.span(2)


def _is_phone_grouped(number: str, *, most: int) -> bool:
    """Parted like a list it is a phone number only with few groups and a long one at the end."""
    if not _LISTED.search(number):
        return _is_grouped(number, most=most)
    lengths = [len(group) for group in _TOKEN.findall(number)]
    return len(lengths) <= 4 and lengths[-1] >= 4


def _is_grouped(number: str, *, most: int) -> bool:
    """A number is written in few groups, or in many equally short ones; a list of small numbers is neither."""
    return _are_groups([len(group) for group in _TOKEN.findall(number)], most)


def _are_groups(lengths: list[int], most: int) -> bool:
    return len(lengths) <= most or max(lengths) == 1 or (set(lengths[:-1]) == {2} and lengths[-1] <= 2)


def _id_cards(text: str) -> Iterator[tuple[int, int]]:
    yield from _accepted(_ID_CARD, text, lambda number: _is_grouped(number, most=6) and is_id_card(_compact(number)))
    for match in _NEAR_OLD_ID_CARD.finditer(text):
        if _is_date("19" + match[1][6:12]):
            yield match.span(1)


def is_id_card(number: str) -> bool:
    """A mainland identity number: region, a date that exists, and the check character of GB 11643."""
    if not "11" <= number[:2] <= "91" or not _is_date(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_date(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2100


def _bank_cards(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while match := _CARD.search(text, position):
        first, length = _card_in(match[0])
        if length:
            yield match.start(), match.start() + length
        position = match.start() + (length or first)


def _card_in(run: str) -> tuple[int, int]:
    """The length of the first group, and of the longest card: its expiry date or other digits may follow."""
    number, lengths, longest = "", [], 0
    for token in _TOKEN.finditer(run):
        number += token[0]
        lengths.append(len(token[0]))
        if len(lengths) > MAX_CARD_GROUPS and not _are_groups(lengths, MAX_CARD_GROUPS):
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


def _compact(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def _accepted(
    pattern: re.Pattern[str], text: str, accept: Callable[[str], bool], group: int = 0
) -> Iterator[tuple[int, int]]:
    """As `finditer`, but a candidate that is refused does not hide one that begins inside it."""
    position = 0
    while match := pattern.search(text, position):
        if accept(match[group]):
            yield match.span(group)
            position = match.end()
        else:
            token = _TOKEN.search(text, match.start(group))
            position = token.end() if token else match.end()


# Addresses

_LOCAL = frozenset(string.ascii_letters + string.digits + "._%+-'&!#$*^|~")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61})\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,23}")
_SPACED_DOMAIN = re.compile(
    r"[a-z0-9][a-z0-9\-]{0,61}(?:[ \u200b]{0,2}\.[ \u200b]{0,2}[a-z0-9\-]{1,62}){0,3}[ \u200b]{0,2}\.[ \u200b]{0,2}"
    r"(?:com|cn|net|org|edu|gov|io|co|me|cc|vip|hk|tw|uk|de|fr|jp|example|test)(?![a-z0-9])",
    re.IGNORECASE,
)
_WIDE_DOMAIN = re.compile(r"[^\W_]{1,63}(?:\.[^\W_]{1,63}){1,4}")
_AT = re.compile(r"@|[(\[{] ?(?:at|艾特) ?[)\]}]", re.IGNORECASE)
MAX_LOCAL = 64


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for match in _AT.finditer(text):
        gap = match.end()
        while gap < len(text) and text[gap] in " \u200b" and gap - match.end() < 2:
            gap += 1
        domain = _DOMAIN.match(text, gap) or _SPACED_DOMAIN.match(text, gap)
        if domain is None and match[0] == "@":
            domain = _WIDE_DOMAIN.match(text, gap)
        if domain is None:
            continue
        start = _local_start(text, match.start())
        if start < match.start():
            yield start, domain.end()


def _local_start(text: str, at: int) -> int:
    """Where the part before the @ begins: the run of characters allowed there, or of letters of another script."""
    end = at
    while end > 0 and text[end - 1] in " \u200b" and at - end < 2:
        end -= 1
    stop = max(0, end - MAX_LOCAL)
    start = end
    while start > stop and (text[start - 1] in _LOCAL or text[start - 1] == "\u200b"):
        start -= 1
    if start == end:
        while start > stop and not text[start - 1].isascii() and text[start - 1].isalnum():
            start -= 1
    return at if start == end else start


# Documents, plates, handles, places

_PASSPORT = re.compile(r"(?<![0-9A-Za-z])(?:[EG]\d{8}|E[A-HJ-NP-Z]\d{7})(?![0-9A-Za-z])", re.IGNORECASE)
_NEAR_PASSPORT = re.compile(
    r"(?:护照|通行证|passport)[^0-9A-Za-z\n]{0,8}?(?:(?:no|number|num|is)\b[^0-9A-Za-z\n]{0,4}){0,2}"
    r"((?=[A-Z]{0,2}\d)[A-Z]{0,2}\d{6,10})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][ \u200b]?[A-HJ-Z][\-\u00b7. \u200b]?"
    r"(?=[A-Z0-9]{0,5}\d)([A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_WECHAT = re.compile(
    r"(?:微信|威信|薇信|(?<![a-z])(?:wechat|weixin|wx|vx|v信))[ ]?"
    r"(号码?|账号|帐号|id)?[ ]?(?:[:：是为]|is\b|=)?[ \"'“「]{0,3}([a-z][a-z0-9_\-]{5,19})(?![0-9A-Za-z_\-])",
    re.IGNORECASE,
)
_QQ = re.compile(r"(?<![a-z])qq(?:号码?|是|[:： =]){1,3}([1-9]\d{4,11})(?!\d)", re.IGNORECASE)
_HOUSE = re.compile(
    r"(?:路|街|巷|大道|胡同|新村|小区|花园)[东西南北]?\d{1,5}[号弄]"
    r"(?:[院楼]|[A-Za-z0-9一二三四五六七八九十\-]{1,6}(?:单元|号楼|[号室楼栋幢座层]))*"
)
_STREET = re.compile(
    r"(?<![\w.])\d{1,5}[A-Za-z]?,?(?: [A-Z][A-Za-z.']{0,20}){1,4} "
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Court|Way)\b\.?"
)
_BEFORE_PLACE = re.compile(r".*(?:[到在是址寄给至往为住于]|地址)", re.DOTALL)
MAX_PLACE = 24


def _documents(text: str) -> Iterator[tuple[int, int]]:
    for match in _PASSPORT.finditer(text):
        yield match.span()
    for match in _NEAR_PASSPORT.finditer(text):
        yield match.span(1)
    for match in _PLATE.finditer(text):
        if sum(char.isdigit() for char in match[1]) >= 2:
            yield match.span()


def _handles(text: str) -> Iterator[tuple[int, int]]:
    for match in _WECHAT.finditer(text):
        named, handle = match.groups()
        if named or any(char.isdigit() or char in "_-" for char in handle):
            yield match.span(2)
    for match in _QQ.finditer(text):
        yield match.span(1)


def _places(text: str) -> Iterator[tuple[int, int]]:
    for match in _HOUSE.finditer(text):
        before = text[max(0, match.start() - MAX_PLACE) : match.start()]
        start = len(before)
        while start > 0 and _is_han(before[start - 1]):
            start -= 1
        named = before[start:]
        lead = _BEFORE_PLACE.match(named)
        yield match.start() - len(named) + (lead.end() if lead else 0), match.end()
    for match in _STREET.finditer(text):
        yield match.span()


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


_DETECTORS: tuple[tuple[FieldClass, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    (FieldClass.ID_NUMBER, _id_cards),
    (FieldClass.BANK_CARD, _bank_cards),
    (FieldClass.PHONE, _phones),
    (FieldClass.EMAIL, _emails),
    (FieldClass.ID_NUMBER, _documents),
    (FieldClass.HANDLE, _handles),
    (FieldClass.ADDRESS, _places),
)


# Known values

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


def lowered(text: str) -> str:
    """Canonical and in lower case, still one character for each of the original."""
    canon = canonical(text)
    lower = canon.lower()
    if len(lower) == len(canon):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in canon)


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
        if kind is FieldClass.NAME and not any(_is_han(char) for char in whole):
            found.extend(Span(start, end, kind) for start, end in _find_words(text, value))
            continue
        folded = folded or Folded(text)
        for wanted in (whole, *(_parts_of_han(value) if kind is FieldClass.NAME else ())):
            if len(wanted) >= 2:
                found.extend(Span(start, end, kind) for start, end in folded.find(wanted))
    return without_overlaps(found)


def _parts_of_han(name: str) -> Iterator[str]:
    """What people are called by: the given name, and each of several parts. A longer one is a company's."""
    parts = [part for part in _PIECE.findall(lowered(name)) if all(map(_is_han, part))]
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
