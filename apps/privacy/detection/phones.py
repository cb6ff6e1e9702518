"""Telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from apps.privacy.detection.numbers import LIST_SEP, LISTED, SEP, TOKEN, accepted, is_grouped

_MOBILE = re.compile(rf"(?<!\d)(?:(?:\(?\+|00)?86{LIST_SEP})?(1{LIST_SEP}[3-9](?:{LIST_SEP}\d){{9}})(?!\d)")
_INTERNATIONAL = re.compile(rf"(?<![\d+])\(?\+{SEP}[1-9](?:{SEP}\d){{6,14}}(?!\d)")
_INTERNATIONAL_LISTED = re.compile(rf"(?<![\d+])\(?\+{SEP}[1-9](?:{LIST_SEP}\d){{6,14}}(?!\d)")
_INTERNATIONAL_00 = re.compile(rf"(?<!\d)00[1-9](?:{SEP}\d){{8,13}}(?!\d)")
_LANDLINE = re.compile(
    r"(?<!\d)[(]?0(?:10|2\d|[3-9]\d{2})[)]?[ \-]{0,2}[2-8]\d{2,3}[ \-]?\d{4}(?:[\-转]\d{1,6})?(?!\d)"
)
_NORTH_AMERICAN = re.compile(r"(?<!\d)(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[\-. ])[2-9]\d{2}[\-. ]\d{4}(?!\d)")
_BRITISH = re.compile(r"(?<!\d)0\d{2,4}[ \-]\d{3,4}[ \-]?\d{3,4}(?!\d)")
_NEAR_PHONE = re.compile(
    r"(?:电话|手机|联系方式|致电|座机|拨打|(?<![a-z])(?:tel|phone|mobile|cell|call me|whatsapp|reach me))"
    rf"([^\d\n]{{0,12}}?)([+(]?\d(?:{SEP}\d){{6,14}})(?!\d)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(r"单|编号|快递|金额|型号|order|parcel|invoice|serial|imei", re.IGNORECASE)


def phones(text: str) -> Iterator[tuple[int, int]]:
    for pattern, most in ((_MOBILE, 5), (_INTERNATIONAL, 7), (_INTERNATIONAL_LISTED, 4), (_INTERNATIONAL_00, 7)):
        yield from accepted(pattern, text, partial(_is_phone_grouped, most=most))
    for pattern in (_LANDLINE, _NORTH_AMERICAN, _BRITISH):
        yield from (match.span() for match in pattern.finditer(text))
    for match in _NEAR_PHONE.finditer(text):
        if is_grouped(match[2], most=6) and not _OTHER_NUMBER.search(match[1]):
            yield match.span(2)


def _is_phone_grouped(number: str, *, most: int) -> bool:
    """Parted like a list it is a phone number only with few groups and a long one at the end."""
    if not LISTED.search(number):
        return is_grouped(number, most=most)
    lengths = [len(group) for group in TOKEN.findall(number)]
    return len(lengths) <= 4 and lengths[-1] >= 4
