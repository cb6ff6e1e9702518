"""Parting a mail from the mail that it quotes, as the usual programs in Chinese and English mark it."""

from __future__ import annotations

import re

from apps.core.richtext import html_to_text

MAX_LINES = 20_000
_LOOK_AHEAD = 5

_HEADER_NAMES = (
    r"From|Sent|Date|To|Cc|Subject|发件人|寄件者|寄件人|发送时间|寄件日期|發件人|发送日期|"
    r"日期|时间|收件人|收件者|抄送|副本|主题|主旨|主題"
)
_HEADER = re.compile(rf"^\W{{0,4}}(?:{_HEADER_NAMES})\s{{0,3}}[:：]", re.IGNORECASE)
_FROM_HEADER = re.compile(r"^\W{0,4}(?:From|发件人|寄件者|寄件人|發件人)\s{0,3}[:：]", re.IGNORECASE)
_DIVIDER = re.compile(
    r"^\s{0,4}[-_—=*]{2,60}\s{0,4}(?:Original Message|Original Appointment|Forwarded message|"
    r"Reply message|原始邮件|原始郵件|"
    r"原邮件|转发邮件|转发的邮件|轉寄郵件|回复的原邮件|回复的邮件|邮件原件)\s{0,4}[-_—=*]{0,60}\s{0,4}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s{0,4}_{10,80}\s{0,4}$")
_WROTE_END = re.compile(r"(?:wrote|writes|写道|寫道|编写|說|说)\s{0,3}[:：]\s{0,3}$", re.IGNORECASE)
_WROTE_START = re.compile(
    r"^\W{0,3}(?:On\s|At\s|在\s?\d|于\s?\d|\d{4}\s?[-年/.]|\S.{0,200}(?:wrote|写道|寫道)\s{0,3}[:：])", re.IGNORECASE
)
_QUOTED = re.compile(r"^\s{0,3}>")


def split_quote(text: str) -> tuple[str, str]:
    """(what was written, what it quotes). A mail that is nothing but a quote, or answers in between the lines, stays
    whole.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    start = _quote_start(lines)
    own = "\n".join(lines[:start]).rstrip()
    if start == len(lines) or not own.strip():
        return text, ""
    return own, "\n".join(lines[start:]).strip("\n")


def _quote_start(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if _starts_quote(lines, number, line[:1000]):
            return number
    return _trailing_quote(lines)


def _starts_quote(lines: list[str], number: int, line: str) -> bool:
    if _DIVIDER.match(line):
        return True
    if _FROM_HEADER.match(line) or _RULE.match(line):
        following = [entry for entry in lines[number : number + 8] if entry.strip()]
        return sum(bool(_HEADER.match(entry[:300])) for entry in following) >= 3
    if _WROTE_START.match(line):
        return _is_introduction(lines, number)
    return False


def _is_introduction(lines: list[str], number: int) -> bool:
    """ "On … wrote:", which programs wrap over up to three lines, with the quote below it."""
    text = ""
    for offset in range(3):
        if number + offset >= len(lines):
            return False
        text = f"{text} {lines[number + offset][:500]}".strip()
        if _WROTE_END.search(text[-60:]):
            return _has_date_or_address(text) and _quote_follows(lines, number + offset + 1)
    return False


def _has_date_or_address(text: str) -> bool:
    return bool(re.search(r"\d{1,4}[-年/.:]\s?\d|\d{4}|@", text))


def _quote_follows(lines: list[str], number: int) -> bool:
    """Either marked with ``>``, or unmarked to the end: but then not interrupted by marked lines with answers between
    them.
    """
    rest = [line for line in lines[number : number + 200] if line.strip()]
    if not rest:
        return True
    if _QUOTED.match(rest[0]):
        return _trailing_quote(lines, number) <= number + _LOOK_AHEAD
    return True


def _trailing_quote(lines: list[str], floor: int = 0) -> int:
    """Where the last run of ``>`` lines begins that reaches to the end."""
    start = len(lines)
    for number in range(len(lines) - 1, floor - 1, -1):
        if _QUOTED.match(lines[number]):
            start = number
        elif lines[number].strip():
            break
    return start


_NAME_MARKS = (
    r"gmail_quote|gmail_attr|yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra|qmbox|OutlookMessageHeader|"
    r"ms-outlook-mobile-reference-message|tutanota_quote|ntes-quote|mail-quote"
)
_ID_MARKS = (
    r"divRplyFwdMsg|appendonsend|isReplyContent|ntes-pcmac-quote|divNeteaseMailCard|OLK_SRC_BODY_SECTION|reply-intro|"
    r"mail-editor-reference-message-container|"
    r"isForwardContent|originbody"
)
_HTML_MARK = re.compile(
    rf"<(?:div|blockquote|table|span|hr|section)\b[^<>]{{0,600}}?(?:"
    rf"\bclass\s{{0,3}}=\s{{0,3}}[\"']?[^\"'<>]{{0,200}}(?:{_NAME_MARKS})"
    rf"|\bid\s{{0,3}}=\s{{0,3}}[\"']?[^\"'<>\s]{{0,40}}(?:{_ID_MARKS})"
    rf"|border-top\s{{0,3}}:\s{{0,3}}solid\s#(?:E1E1E1|B5C4DF)\s1\.0pt"
    rf"|border\s{{0,3}}:\s{{0,3}}none;\s{{0,3}}border-top"
    rf")[^<>]{{0,600}}>"
    rf"|<blockquote\b[^<>]{{0,300}}\btype\s{{0,3}}=\s{{0,3}}[\"']?cite",
    re.IGNORECASE,
)
_HTML_DIVIDER = re.compile(
    r"<(?:div|p|span|font|b|center|hr)\b[^<>]{0,600}>\s{0,20}(?:<(?:b|span|font|strong|a)\b[^<>]{0,300}>\s{0,20}){0,4}"
    r"[-_—]{2,40}(?:&nbsp;|\s){0,10}(?:Original Message|Forwarded message|"
    r"原始邮件|原始郵件|原邮件|转发邮件|回复的原邮件)",
    re.IGNORECASE,
)
MAX_HTML = 2_000_000


def split_quote_html(html: str) -> tuple[str, str]:
    """As ``split_quote``, for raw HTML before it is cleaned (cleaning takes the marks away). Clean both parts
    afterwards.

    A wrong cut only folds something; each part goes through the sanitizer by itself.
    """
    html = html[:MAX_HTML]
    places = [match.start() for pattern in (_HTML_MARK, _HTML_DIVIDER) if (match := pattern.search(html))]
    if not places:
        return html, ""
    own, quote = html[: min(places)], html[min(places) :]
    if not _has_content(own) or _answers_below(quote):
        return html, ""
    return own, quote


def _has_content(html: str) -> bool:
    return bool(re.search(r"<img\b", html, re.IGNORECASE) or html_to_text(html[:200_000]))


def _answers_below(quote: str) -> bool:
    """Text after the last closed quotation: the answer stands below or in between, so nothing may be folded away."""
    end = quote.lower().rfind("</blockquote>")
    return end >= 0 and bool(html_to_text(quote[end : end + 20_000]))
