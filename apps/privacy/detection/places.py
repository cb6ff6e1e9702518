"""Where people live: from the province, or the number of the house, to the room or the postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.detection.canonical import is_han

_HAN = r"[\u4e00-\u9fff]"
_COUNT = r"[A-Za-z0-9一二三四五六七八九十]{1,5}"
_PART = rf"{_COUNT}(?:单元|号楼|号院|[号室楼栋幢座层弄组户])"
_ROOM = r"(?:\d{1,3}(?:-\d{1,4}){1,3}|\d{3,4}(?!\d))"
_WITHIN = rf"(?:(?:{_HAN}{{2,7}}?)?{_PART}){{0,5}}(?:(?:{_HAN}{{2,7}}?)?{_ROOM})?"
_HOUSE = re.compile(
    rf"(?:路|街|巷|大道|胡同|新村|小区|花园)[东西南北]?甲?(?:\d{{1,5}}|[一二三四五六七八九十]{{1,4}})[号弄](?:[院楼])?{_WITHIN}"
    rf"|(?:路|街|巷|大道|胡同)[与和]{_HAN}{{2,6}}(?:路|街|巷|大道|胡同)(?:交叉|路)口{_WITHIN}"
    rf"|[镇乡]{_HAN}{{1,6}}村\d{{1,3}}组?\d{{0,4}}号?"
)
# The block of an estate whose street is not named.
_BLOCK = re.compile(rf"\d(?<={_HAN}{_HAN}\d)\d{{0,2}}(?:号楼|[栋幢座])(?=\d{{1,4}}(?:单元|[室层])){_WITHIN}")
_BEFORE_PLACE = re.compile(r".*(?:[到在是址寄给至往为住于]|地址)", re.DOTALL)
_DISTRICT = "省市区县"
_CITY = r"[A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})?"
_POSTCODE = r"(?:[A-Z]{2,3} \d{4,5}|[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}|\d{5})"
_STREET = re.compile(
    r"(?<![\w.])(?:(?:Flat|Unit|Apt|Suite|Room) \w{1,6}, ?|Building \w{1,4}, ?|No\. ?)*"
    r"\d{1,5}[A-Za-z]?,?(?: [A-Z][A-Za-z.']{0,20}){1,4}?"
    r" (?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Court|Way)\b\.?"
    r"(?:, (?:Apt|Unit|Suite|Flat) \w{1,6})?"
    rf"(?:, {_CITY}(?:,? {_POSTCODE})?|\n{_CITY}, {_POSTCODE}|\n(?!Thanks|Regards|Best|Cheers){_CITY}(?=\n|$)){{0,2}}"
    r"|\bP\.?O\.? Box \d{2,6}(?:, [A-Z][a-z]{2,20})?"
)
MAX_PLACE = 24


def places(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_HOUSE, _BLOCK):
        for match in pattern.finditer(text):
            yield _place_start(text, match.start()), match.end()
    for match in _STREET.finditer(text):
        yield match.span()


def _place_start(text: str, house: int) -> int:
    """Back over the street and the districts before it, up to the word that leads to them."""
    stop = max(0, house - MAX_PLACE)
    start = house
    while start > stop and (is_han(text[start - 1]) or _is_between_districts(text, start - 1)):
        start -= 1
    lead = _BEFORE_PLACE.match(text[start:house])
    return start + (lead.end() if lead else 0)


def _is_between_districts(text: str, place: int) -> bool:
    """浙江省 杭州市 西湖区 青松路"""
    return text[place] == " " and place > 0 and text[place - 1] in _DISTRICT
