"""Passports, permits, licence plates, and the names that people go by on platforms."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PASSPORT = re.compile(r"(?<![0-9A-Za-z])(?:[EG]\d{8}|E[A-HJ-NP-Z]\d{7})(?![0-9A-Za-z])", re.IGNORECASE)
_NEAR_PAPER = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|证件|passport|permit)([^0-9A-Za-z\n]{0,8}?)"
    r"(?:(?:no|number|num|is)\b[^0-9A-Za-z\n]{0,4}){0,2}"
    r"((?=[A-Z]{0,2}\d)[A-Z]{0,2}\d{6,10})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][ \u200b]?[A-HJ-Z][\-\u00b7. \u200b]?"
    r"(?=[A-Z0-9]{0,5}\d)([A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_WECHAT_WORD = r"(?:微信|威信|薇信|(?<![a-z])(?:wechat|weixin|wx|vx|v信))"
_WECHAT = re.compile(
    rf"{_WECHAT_WORD}[ ]?"
    r"(号码?|账号|帐号|id)?[ ]?(?:[:：是为]|is\b|=)?[ \"'“「]{0,3}([a-z][a-z0-9_\-]{5,19})(?![0-9A-Za-z_\-])",
    re.IGNORECASE,
)
_NEAR_WECHAT = re.compile(
    rf"{_WECHAT_WORD}[^\nA-Za-z0-9@]{{0,10}}?([a-z][a-z0-9_\-]{{5,19}})(?![0-9A-Za-z_\-@.])", re.IGNORECASE
)
_QQ = re.compile(r"(?:(?<![a-z])qq|扣扣|企鹅)(?:号码?|是|[:：= ]){0,3}([1-9]\d{4,11})(?!\d)", re.IGNORECASE)
_WEIBO = re.compile(
    r"(?:微博|weibo)(?:名|昵称|账号|号|id)?[ ]?(?:是|叫|[:：@]|is\b){1,2}[ @]{0,2}([\w\-]{4,24})", re.IGNORECASE
)


# Looked for before the patterns, which are slow where case does not matter.
_PLATFORMS = ("微信", "威信", "薇信", "v信", "wechat", "weixin", "wx", "vx", "qq", "扣扣", "企鹅", "微博", "weibo")


def documents(text: str) -> Iterator[tuple[int, int]]:
    for match in _PASSPORT.finditer(text):
        yield match.span()
    for match in _NEAR_PAPER.finditer(text):
        # Until when it is valid is a date.
        if "期" not in match[1]:
            yield match.span(2)
    for match in _PLATE.finditer(text):
        if sum(char.isdigit() for char in match[1]) >= 2:
            yield match.span()


def handles(text: str) -> Iterator[tuple[int, int]]:
    lower = text.lower()
    if not any(platform in lower for platform in _PLATFORMS):
        return
    for match in _WECHAT.finditer(text):
        named, handle = match.groups()
        if named or _is_no_word(handle):
            yield match.span(2)
    for match in _NEAR_WECHAT.finditer(text):
        if _is_no_word(match[1]):
            yield match.span(1)
    for pattern in (_QQ, _WEIBO):
        yield from (match.span(1) for match in pattern.finditer(text))


def _is_no_word(handle: str) -> bool:
    return any(char.isdigit() or char in "_-" for char in handle)
