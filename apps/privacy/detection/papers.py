"""Passports, permits, plates, and the names that people go by on platforms."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def documents(text: str) -> Iterator[tuple[int, int]]:
    for match in _PASSPORT.finditer(text):
        yield match.span()
    for match in _NEAR_PASSPORT.finditer(text):
        yield match.span(1)
    for match in _PLATE.finditer(text):
        if sum(char.isdigit() for char in match[1]) >= 2:
            yield match.span()


def handles(text: str) -> Iterator[tuple[int, int]]:
    for match in _WECHAT.finditer(text):
        named, handle = match.groups()
        if named or any(char.isdigit() or char in "_-" for char in handle):
            yield match.span(2)
    for match in _QQ.finditer(text):
        yield match.span(1)
