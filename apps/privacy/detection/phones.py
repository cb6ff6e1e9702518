"""Telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from apps.privacy.detection.numbers import LIST_SEP, LISTED, SEP, TOKEN, accepted, compact, is_grouped

_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\(?\+|00)?86{LIST_SEP})?(?:\((?=1\d\d\)))?(1{LIST_SEP}[3-9](?:{LIST_SEP}\d){{9}})(?!\d)"
)
_INTERNATIONAL = re.compile(rf"(?<![\d+])\(?\+{SEP}[1-9](?:{SEP}\d){{6,14}}(?!\d)")
_INTERNATIONAL_LISTED = re.compile(rf"(?<![\d+])\(?\+{SEP}[1-9](?:{LIST_SEP}\d){{6,14}}(?!\d)")
# Behind a letter it is the end of another number: of a parcel, of a licence plate.
_NO_TAIL = r"(?<![\dA-Za-z\u00b7])"
_INTERNATIONAL_00 = re.compile(rf"{_NO_TAIL}00[1-9](?:{SEP}\d){{8,13}}(?!\d)")
_LANDLINE = re.compile(
    rf"{_NO_TAIL}[(]?0(?:10|2\d|[3-9]\d{{2}})[)]?[ \-.]{{0,3}}[2-8]\d{{2,3}}[ \-]?\d{{4}}"
    r"(?:(?:-| ?(?:转|分机|ext\.?|x) ?)\d{1,6})?(?!\d)",
    re.IGNORECASE,
)
_ABROAD = (
    # North America
    re.compile(r"(?<!\d)(?:1[\-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[\-. ])[2-9]\d{2}[\-. ]\d{4}(?!\d)"),
    # Britain, Germany, Australia; a British mobile in one piece; France; Hong Kong, Macau and Taiwan without the plus
    re.compile(rf"{_NO_TAIL}0\d{{2,4}}[ \-]\d{{3,4}}[ \-]?\d{{3,4}}(?!\d)"),
    re.compile(rf"{_NO_TAIL}07[1-9]\d{{8}}(?!\d)"),
    re.compile(rf"{_NO_TAIL}0[1-9](?:[ .]\d{{2}}){{4}}(?!\d)"),
    re.compile(rf"{_NO_TAIL}(?:85[23]|886)[ \-]\d{{3,4}}[ \-]?\d{{4,5}}(?!\d)"),
)
# A mobile with one and the same thing between its groups, or between all of its digits: a sign, a heart, a word.
_SPACED_GROUPS = re.compile(r"(?<!\d)1[3-9]\d([^\w\s$€£¥￥%]{1,2})\d{4}\1\d{4}(?!\d)")
_SPACED_DIGITS = re.compile(r"(?<!\d)1(\D{1,2})[3-9](?:\1\d){9}(?!\d|\1\d)")
# Where numbers can stand at all: the patterns need not look elsewhere.
_AREA = re.compile(r"[\d+(][\d \-.\u200b\u00b7()_/\n、*+转分机extEXT]{6,}")
_HAN_WORDS = ("电话", "手机", "联系方式", "致电", "座机", "拨打")
_WORDS = ("tel", "phone", "mobile", "cell", "call me", "whatsapp", "reach me")
_NEAR_PHONE = re.compile(
    rf"(?:{'|'.join(_HAN_WORDS)}|(?<![a-z])(?:{'|'.join(_WORDS)}))"
    rf"([^\d\n]{{0,12}}?)([+(]?\d(?:{SEP}\d){{6,14}})(?!\d)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(r"单|编号|快递|金额|型号|order|parcel|invoice|serial|imei", re.IGNORECASE)
_HOTLINE = re.compile(
    r"(?:86)?[48]00\d{7}|(?:(?:\+|00)1[\-. ]?|1[\-. ])?\(?8(?:00|33|44|55|66|77|88)\)?[\-. ]{1,2}\d{3}[\-. ]?\d{4}"
)


def phones(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _numbers(text):
        if not _is_hotline(text[start:end]):
            yield start, end


def _is_hotline(number: str) -> bool:
    """A company's. 18001234567 is a mobile, 1-800-123-4567 is none."""
    return bool(_HOTLINE.fullmatch(number) or _HOTLINE.fullmatch(compact(number)))


def _spaced(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _SPACED_GROUPS.finditer(text))
    for match in _SPACED_DIGITS.finditer(text):
        # The end of a longer row of digits is a list.
        if not re.search(rf"\d{re.escape(match[1])}\Z", text[max(0, match.start() - 3) : match.start()]):
            yield match.span()


def home_phones(text: str) -> Iterator[tuple[int, int]]:
    """Those of the mainland that show by their digits alone."""
    yield from accepted(_MOBILE, text, partial(_is_phone_grouped, most=5))
    yield from (match.span() for match in _LANDLINE.finditer(text))


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for area in _AREA.finditer(text):
        # With the character before it, which tells whether a number begins here.
        first = max(0, area.start() - 1)
        yield from ((first + start, first + end) for start, end in _numbers_in(text[first : area.end()]))
    yield from _spaced(text)
    lower = text.lower()
    if any(word in lower for word in (*_HAN_WORDS, *_WORDS)):
        for match in _NEAR_PHONE.finditer(text):
            if is_grouped(match[2], most=6) and not _OTHER_NUMBER.search(match[1]):
                yield match.span(2)


def _numbers_in(text: str) -> Iterator[tuple[int, int]]:
    yield from home_phones(text)
    for pattern, most in ((_INTERNATIONAL, 7), (_INTERNATIONAL_LISTED, 4), (_INTERNATIONAL_00, 7)):
        yield from accepted(pattern, text, partial(_is_phone_grouped, most=most))
    for pattern in _ABROAD:
        yield from (match.span() for match in pattern.finditer(text))


def _is_phone_grouped(number: str, *, most: int) -> bool:
    """Parted like a list it is a phone number only with few groups and a long one at the end."""
    if not LISTED.search(number):
        return is_grouped(number, most=most)
    lengths = [len(group) for group in TOKEN.findall(number)]
    return len(lengths) <= 4 and lengths[-1] >= 4
