"""Addresses of mailboxes."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

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


def emails(text: str) -> Iterator[tuple[int, int]]:
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
