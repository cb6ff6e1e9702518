"""Rich text from outside and from our composer: cleaned by an allow-list, turned into text, and parted from what it
quotes.

Every function takes any input whatever and is done in bounded time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from html import escape, unescape

import nh3

MAX_HTML = 2_000_000
MAX_TAGS = 20_000
MAX_REFERENCES = 50_000
MAX_OPEN = 400

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "small",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"dir", "lang"},
}
DROPPED_WITH_CONTENT = {
    "script", "style", "title", "head", "template", "noscript", "svg", "math", "iframe", "object", "embed", "textarea",
    "select", "xmp", "plaintext", "noembed", "noframes",
}  # fmt: skip
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NEVER_CLOSED = frozenset(
    {"area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
     "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr"}
)  # fmt: skip
_CONTENT_ID = re.compile(r"cid:[\w.@$+-]{1,250}\Z", re.ASCII)
_ID = re.compile(r"\d{1,18}\Z", re.ASCII)
_MENTION = re.compile(r'<span((?:\s+[a-z-]+="[^"]*")*?) data-user="(\d+)"((?:\s+[a-z-]+="[^"]*")*)>')
_NUMBER = re.compile(r"\d{1,4}\Z", re.ASCII)


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures only by content id, which views turn into authorized addresses: nothing is fetched from elsewhere."""
    if name == "src":
        return value if _CONTENT_ID.match(value) else None
    if name in ("width", "height", "colspan", "rowspan", "span", "start"):
        return value if _NUMBER.match(value) else None
    if name == "data-user":
        return value if _ID.match(value) else None
    return value


def _cleaner_for(attributes: dict[str, set[str]]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=attributes,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        url_relative="deny",
    )


_cleaner = _cleaner_for(ATTRIBUTES)
_mention_cleaner = _cleaner_for({**ATTRIBUTES, "span": {"data-user"}})


def clean_html(html: str, *, mentions: bool = False) -> str:
    """HTML that is safe to show on our pages: no script, style, form, frame, picture from elsewhere, or relative
    link. With `mentions` the marks of named colleagues stay, which only what staff write among themselves may hold.
    """
    html = _cut(html)
    cleaner = _mention_cleaner if mentions else _cleaner
    return text_to_html(_crude_text(html)) if is_excessive(html) else cleaner.clean(html)


def keep_mentions(html: str, ids: Collection[int]) -> str:
    """Clean HTML with the marks of these people only; the names of the others stay as text."""
    return _MENTION.sub(lambda mark: mark[0] if int(mark[2]) in ids else f"<span{mark[1]}{mark[3]}>", html)


def _cut(html: str) -> str:
    return html[:MAX_HTML].replace("\0", "")


def is_excessive(html: str) -> bool:
    """Beyond what any letter holds, and where HTML parsers take quadratic time: markup is given up and the text is
    kept.
    """
    if html.count("<") > MAX_TAGS or html.count("&") + html.count("\xa0") > MAX_REFERENCES:
        return True
    open_tags: Counter[str] = Counter()
    for match in _ANY_TAG.finditer(html):
        name = match.group(2).lower()
        if match.group(1):
            open_tags[name] -= open_tags[name] > 0
        elif name not in _NEVER_CLOSED:
            open_tags[name] += 1
    return open_tags.total() > MAX_OPEN


def _crude_text(html: str) -> str:
    """What looks like a tag goes, with a line break for a block's edge; any other bracket is a letter like the rest."""
    return unescape(_CRUDE_TAG.sub(lambda tag: "\n" if tag[1].lower() in _CRUDE_BREAKS else " ", html))


# HTML -> text

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_HREF = re.compile(r'\shref="([^"]*)"')
_ALT = re.compile(r'\salt="([^"]*)"')
_BLOCKS = frozenset(
    {"address", "blockquote", "caption", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre",
     "table", "tr", "ul"}
)  # fmt: skip
_CRUDE_TAG = re.compile(r"</?([a-zA-Z!?][a-zA-Z0-9]*)[^<>]{0,2000}>")
_CRUDE_BREAKS = _BLOCKS | {"br", "hr", "li"}
# Marks that stand for an edge of a block, an edge of a paragraph, and a space that is kept.
_LINE, _PARAGRAPH, _SPACE = "\x01", "\x02", "\x03"
_MARKS = re.compile(r"[\x00-\x08]")
_GAPS = re.compile(r"[ \t]{2,}")
_BREAKS = re.compile(r"[ \t]{0,2}[\n\x01\x02][ \t\n\x01\x02]*")
_NO_SPACES = {ord(" "): None, ord("\t"): None}
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "ul", "ol"})


def html_to_text(html: str) -> str:
    """The plain twin: paragraphs, list marks, and the addresses behind links."""
    html = _cut(html)
    if is_excessive(html):
        return _tidy(_crude_text(html))
    cleaned = _cleaner.clean(html)
    parts: list[str] = []
    href, link_start, last, preformatted = "", 0, 0, 0
    for match in _TAG.finditer(cleaned):
        _add_text(parts, cleaned[last : match.start()], preformatted=preformatted > 0)
        last = match.end()
        closing, tag, attributes = match.group(1), match.group(2), match.group(3)
        if tag == "pre":
            preformatted = max(0, preformatted + (-1 if closing else 1))
        if tag == "a" and not closing:
            found = _HREF.search(attributes)
            href, link_start = unescape(found.group(1)) if found else "", len(parts)
        elif tag == "a":
            _add_address(parts, href, "".join(parts[link_start:]))
            href = ""
        else:
            parts.append(_mark(tag, attributes, closing=bool(closing)))
    _add_text(parts, cleaned[last:], preformatted=preformatted > 0)
    return _tidy("".join(parts))


def _add_text(parts: list[str], raw: str, *, preformatted: bool) -> None:
    if raw:
        text = _MARKS.sub("", unescape(raw))
        parts.append(text.replace(" ", _SPACE) if preformatted else re.sub(r"[ \t\r\n\f]+", " ", text))


def _add_address(parts: list[str], href: str, label: str) -> None:
    if href.startswith(("http://", "https://")) and href.rstrip("/") not in label and len(href) <= 500:
        parts.append(f" ({href})")


def _mark(tag: str, attributes: str, *, closing: bool) -> str:
    if tag == "br":
        return "\n"
    if tag == "hr":
        return f"{_LINE}---{_LINE}"
    if tag == "img":
        found = _ALT.search(attributes)
        return f"[{unescape(found.group(1))}]" if found and found.group(1) else ""
    if tag == "li":
        return "" if closing else f"{_LINE}- "
    if tag in ("td", "th"):
        return " \t" if closing else ""
    if tag in _PARAGRAPHS:
        return _PARAGRAPH
    return _LINE if tag in _BLOCKS else ""


def _tidy(text: str) -> str:
    text = _GAPS.sub(lambda gap: " \t" if "\t" in gap.group() else " ", text.replace("\xa0", " "))
    return _BREAKS.sub(_break, text).strip(f" \t\n{_LINE}{_PARAGRAPH}").replace(_SPACE, " ")


def _break(match: re.Match[str]) -> str:
    """What stands between two pieces of text, as a browser would show it: a ``<br>`` before the end of a block adds nothing."""
    run = match.group().translate(_NO_SPACES)
    is_block, hard = _LINE in run or _PARAGRAPH in run, run.count("\n")
    if is_block:
        hard += 0 if run.startswith("\n") else 1
    return "\n" * min(2, max(hard, 2 if _PARAGRAPH in run else 1))


# Text -> HTML

_ADDRESS = re.compile(r"https?://[^\s<>\"'\u3000-\u303f\uff00-\uffef]{1,2000}")


def text_to_html(text: str) -> str:
    """Paragraphs and line breaks, with web addresses as links; everything else escaped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
    paragraphs = re.split(r"\n{2,}", text)
    return "".join(f"<p>{_linked(paragraph).replace(chr(10), '<br>')}</p>" for paragraph in paragraphs if paragraph)


def _linked(text: str) -> str:
    parts, last = [], 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(".,;:!?)]}")
        parts.append(escape(text[last : match.start()]))
        parts.append(f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{escape(address)}</a>')
        last = match.start() + len(address)
    return "".join(parts) + escape(text[last:])
