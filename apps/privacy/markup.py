"""Masking inside rich text that is already sanitized: in its text, across inline elements, and in its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

from lxml import etree
from lxml import html as lxml_html

from apps.privacy.detection import Span

Find = Callable[[str], list[Span]]
Mask = Callable[[Span, str], str]

_INLINE = frozenset(
    """a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike strong
    sub sup time tt u var wbr""".split()  # noqa: SIM905 (words read better than a list)
)
_LINKS = frozenset("href src cite action formaction background poster longdesc srcset data".split())  # noqa: SIM905
# Links whose whole sense is to reach the person.
_PERSONAL_SCHEMES = (
    "tel:",
    "sms:",
    "mailto:",
    "callto:",
    "whatsapp:",
    "skype:",
    "facetime:",
    "weixin:",
    "xmpp:",
    "sip:",
)
# libxml2 refuses what is nested deeper, and what is shown to people never is.
_PARSER = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)


@dataclass(slots=True)
class _Piece:
    """One text node: the text before an element's children, or after its end."""

    element: etree._Element
    is_tail: bool
    text: str
    start: int

    def write(self, text: str) -> None:
        if self.is_tail:
            self.element.tail = text
        else:
            self.element.text = text


def mask_markup(html: str, *, find: Find, mask: Mask) -> str:
    root = _parse(html)
    if root is None:
        # Not readable as markup: shown as the text that it is.
        return escape(_mask_text(html, find, mask))
    for element in root.iter(etree.Element):
        _mask_attributes(element, find, mask)
    _mask_pieces(root, find, mask)
    text: str = lxml_html.tostring(root, encoding="unicode", method="html")
    return text[len("<div>") : -len("</div>")]


def _parse(html: str) -> lxml_html.HtmlElement | None:
    try:
        return lxml_html.fragment_fromstring(
            html.replace("\x00", "").encode("utf-8", "replace"), create_parent="div", parser=_PARSER
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _mask_text(text: str, find: Find, mask: Mask) -> str:
    for span in reversed(find(text)):
        text = text[: span.start] + mask(span, text[span.start : span.end]) + text[span.end :]
    return text


def _mask_attributes(element: etree._Element, find: Find, mask: Mask) -> None:
    for name, value in [(str(name), str(value)) for name, value in element.attrib.items()]:
        if name not in _LINKS:
            masked = _mask_text(value, find, mask)
            if masked != value:
                element.set(name, masked)
        elif _is_personal_link(value, find):
            del element.attrib[name]


def _is_personal_link(value: str, find: Find) -> bool:
    if value.strip().lower().startswith(_PERSONAL_SCHEMES):
        return True
    plain = unquote(unquote(value.replace("+", " ")))
    return bool(find(value) or find(plain))


def _mask_pieces(root: etree._Element, find: Find, mask: Mask) -> None:
    whole, pieces = _joined(root)
    spans = find(whole)
    if not spans:
        return
    for piece in pieces:
        end = piece.start + len(piece.text)
        touching = [span for span in spans if span.start < end and span.end > piece.start]
        if not touching:
            continue
        text, position = "", piece.start
        for span in touching:
            text += whole[position : max(span.start, piece.start)]
            if span.start >= piece.start:
                text += mask(span, whole[span.start : span.end])
            position = min(span.end, end)
        piece.write(text + whole[position:end])


def _joined(root: etree._Element) -> tuple[str, list[_Piece]]:
    """The text as it is read: inline elements run on, others begin a new line."""
    pieces: list[_Piece] = []
    parts: list[str] = []
    length = 0
    for element, is_tail, text, breaks in _walk(root):
        if breaks:
            parts.append("\n")
            length += 1
        if text:
            pieces.append(_Piece(element, is_tail, text, length))
            parts.append(text)
            length += len(text)
    return "".join(parts), pieces


def _walk(root: etree._Element) -> Iterator[tuple[etree._Element, bool, str, bool]]:
    for event, element in etree.iterwalk(root, events=("start", "end")):
        breaks = element.tag not in _INLINE
        if event == "start":
            yield element, False, element.text or "", breaks
        elif element is not root:
            yield element, True, element.tail or "", breaks
