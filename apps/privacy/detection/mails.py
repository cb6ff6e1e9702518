"""Addresses of mailboxes, also where the signs in them are spelled out."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

_LOCAL = frozenset(string.ascii_letters + string.digits + "._%+-'&!#$*^|~")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61})\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,23}")
_DOT = r"(?:[ \u200b]{0,2}\.[ \u200b]{0,2}| ?[(\[{<] ?(?:dot|点) ?[)\]}>] ?| dot |点)"
_SPELLED_DOMAIN = re.compile(
    rf"[a-z0-9][a-z0-9\-]{{0,61}}(?:{_DOT}[a-z0-9\-]{{1,62}}){{0,3}}{_DOT}"
    r"(?:com|cn|net|org|edu|gov|io|co|me|cc|vip|hk|tw|uk|de|fr|jp|example|test)(?![a-z0-9])",
    re.IGNORECASE,
)
_WIDE_DOMAIN = re.compile(r"[^\W_]{1,63}(?:\.[^\W_]{1,63}){1,4}")
_AT = re.compile(r"@|[(\[{<] ?(?:at|艾特) ?[)\]}>]|艾特|(?<= )at(?= )", re.IGNORECASE)
_SPELLED_DOT = re.compile(r"点|dot", re.IGNORECASE)
_CUE = re.compile(r"mail|邮箱|邮件", re.IGNORECASE)
_NO_WORD = re.compile(r"[0-9._+\-]")
MAX_LOCAL = 64
CUE_REACH = 30

# Mailboxes of services, which belong to nobody; info, sales and their like are what small firms write from.
SERVICES = frozenset(
    "support service services help helpdesk billing noreply no-reply donotreply postmaster mailer-daemon kefu".split()  # noqa: SIM905
)


def emails(text: str) -> Iterator[tuple[int, int]]:
    for at in _AT.finditer(text):
        domain = _domain_after(text, at)
        if domain is None:
            continue
        start = _local_start(text, at.start())
        local = text[start : at.start()].strip(" \u200b")
        if not local or local.lower() in SERVICES:
            continue
        if at[0].lower() != "at" or _is_address(text, start, local, domain[0]):
            yield start, domain.end()


def _domain_after(text: str, at: re.Match[str]) -> re.Match[str] | None:
    gap = at.end()
    while gap < len(text) and text[gap] in " \u200b" and gap - at.end() < 2:
        gap += 1
    domain = _DOMAIN.match(text, gap) or _SPELLED_DOMAIN.match(text, gap)
    if domain is None and at[0] == "@":
        domain = _WIDE_DOMAIN.match(text, gap)
    return domain


def _is_address(text: str, start: int, local: str, domain: str) -> bool:
    """A mere word may stand between others: see you at example.com."""
    return bool(
        _SPELLED_DOT.search(domain) or _NO_WORD.search(local) or _CUE.search(text, max(0, start - CUE_REACH), start)
    )


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
