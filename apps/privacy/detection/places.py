"""Where people live."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.detection.canonical import is_han

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


def places(text: str) -> Iterator[tuple[int, int]]:
    for match in _HOUSE.finditer(text):
        before = text[max(0, match.start() - MAX_PLACE) : match.start()]
        start = len(before)
        while start > 0 and is_han(before[start - 1]):
            start -= 1
        named = before[start:]
        lead = _BEFORE_PLACE.match(named)
        yield match.start() - len(named) + (lead.end() if lead else 0), match.end()
    for match in _STREET.finditer(text):
        yield match.span()
