"""Which parts of a mail are its text and which its attachments, as the usual mail programs build them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from apps.channels.connectors.email.charset import decode_bytes, known_charset
from apps.channels.connectors.email.headers import Note, clean_line, header_text
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.parsed import Attachment
from apps.channels.connectors.email.structure import Part
from apps.channels.connectors.email.uuencode import UUENCODE, split_uuencoded
from apps.core.richtext import is_excessive

_META_CHARSET: Final = re.compile(rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_LINK: Final = re.compile(r"(?i)<a[\s/>]")
_DROPPED_ELEMENT: Final = re.compile(
    r"(?is)<(script|style|head|title|template)\b[^>]{0,2000}>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)"
)
_BLOCK_TAG: Final = re.compile(r"(?i)</?(?:p|div|br|tr|li|ul|ol|table|h[1-6]|blockquote|pre|hr)\b[^<>]{0,5000}>")
_ANY_TAG: Final = re.compile(r"</?[a-zA-Z!?][^<>]{0,5000}>")
_SPACES: Final = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_UNSAFE_NAME: Final = re.compile(r"[/\\]")
_VOID: Final = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "p",
        "li",
        "param",
        "source",
        "td",
        "tr",
        "th",
        "wbr",
        "o:p",
    }
)
_IGNORED_ALTERNATIVES: Final = frozenset({"text/x-amp-html", "text/watch-html"})
_BODY_TYPES: Final = frozenset({"text/plain", "text/html"})
_EXTENSIONS: Final = {
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "text/rfc822-headers": "txt",
    "text/calendar": "ics",
    "text/plain": "txt",
    "text/html": "html",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/zip": "zip",
}


@dataclass(slots=True)
class Segment:
    """One stretch of the visible text in up to two forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Bodies:
    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)


class BodyReader:
    """Walks a tree once and sorts its leaves."""

    def __init__(self, limits: Limits, note: Note) -> None:
        self.limits = limits
        self.note = note
        self.attachments: list[Attachment] = []

    def read(self, root: Part) -> Bodies:
        segments = self._segments(root, parent="")
        html = self._joined_html(segments)
        text = self._joined_text(segments)
        if len(text) > self.limits.text_chars:
            self.note("text_cut", str(len(text)))
            text = text[: self.limits.text_chars]
        return Bodies(text=text, html=html, attachments=self.attachments)

    def _segments(self, part: Part, parent: str) -> list[Segment]:
        if part.is_multipart and part.children:
            if part.content_type == "multipart/alternative":
                return self._alternative(part)
            if part.content_type == "multipart/encrypted":
                self.note("encrypted", "")
            return [segment for child in part.children for segment in self._segments(child, part.content_type)]
        if self._is_body(part, parent):
            return [self._body(part)]
        self._attach(part, parent)
        return []

    def _alternative(self, part: Part) -> list[Segment]:
        plain: str | None = None
        html: str | None = None
        for child in part.children:
            if child.content_type in _IGNORED_ALTERNATIVES:
                continue
            for segment in self._segments(child, part.content_type):
                if segment.plain is not None and (plain is None or not plain.strip()):
                    plain = segment.plain
                if segment.html is not None:
                    html = segment.html if html is None else html + segment.html
        return [Segment(plain, html)]

    def _is_body(self, part: Part, parent: str) -> bool:
        if part.disposition == "attachment":
            return False
        if part.is_multipart:
            return True
        if part.content_type not in _BODY_TYPES:
            return part.content_type == "text/enriched" or (part.depth == 0 and part.content_type.startswith("text/"))
        named = "filename" in part.disposition_parameters or "name" in part.type_parameters
        return not named or part.depth == 0 or parent == "multipart/alternative"

    def _body(self, part: Part) -> Segment:
        content = self._without_uuencoded(part)
        label = part.type_parameters.get("charset", "")
        is_html = part.content_type == "text/html"
        if is_html and not known_charset(label):
            meta = _META_CHARSET.search(content[:4096])
            label = meta.group(1).decode("ascii", "replace") if meta else label
        decoded = decode_bytes(content, label)
        if decoded.is_repaired and (label or not content.isascii()):
            self.note("charset_repaired", label.lower()[:40] if known_charset(label) else "unknown")
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        if is_html or (part.is_multipart and "<html" in text[:2000].lower()):
            return self._html(text)
        if part.type_parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=part.type_parameters.get("delsp", "").lower() == "yes")
        return Segment(plain=text.strip("\n"))

    def _without_uuencoded(self, part: Part) -> bytes:
        """The text; files that stand in it as uuencoded lines become attachments."""
        is_declared = part.encoding in UUENCODE
        text, files = split_uuencoded(part.body if is_declared else part.content())
        if not files or (is_declared and not text.strip()):
            return part.content()
        for name, content in files:
            if len(self.attachments) >= self.limits.attachments:
                self.note("attachments_cut", "")
                break
            shown = self._clean_name(decode_bytes(name, "").text) or self._made_up_name(part)
            self.attachments.append(Attachment(shown, "application/octet-stream", content))
        return text

    def _html(self, html: str) -> Segment:
        """Markup that would cost a sanitizer too much is replaced by its text."""
        problem = self._too_complex(html)
        if problem == "html_cut":
            self.note("text_cut", str(len(html)))
        if problem:
            self.note(problem, "")
            return Segment(plain=stripped_markup(html[: self.limits.html_chars]))
        return Segment(html=html)

    def _too_complex(self, html: str) -> str:
        if len(html) > self.limits.html_chars:
            return "html_cut"
        if sum(1 for _ in _LINK.finditer(html)) > self.limits.links:
            return "links_cut"
        if is_excessive(html):
            return "html_too_complex"
        depth = deepest = 0
        for match in _TAG.finditer(html):
            if match.group(2).lower() not in _VOID:
                depth = max(0, depth - 1) if match.group(1) else depth + 1
                deepest = max(deepest, depth)
        return "html_too_complex" if deepest > self.limits.html_depth else ""

    def _joined_text(self, segments: list[Segment]) -> str:
        pieces = [
            segment.plain
            if segment.plain is not None and (segment.plain.strip() or segment.html is None)
            else html_as_text(segment.html or "")
            for segment in segments
        ]
        return "\n\n".join(piece for piece in pieces if piece.strip())

    def _joined_html(self, segments: list[Segment]) -> str:
        if not any(segment.html for segment in segments):
            return ""
        joined = "\n".join(
            segment.html if segment.html is not None else _escaped(segment.plain or "") for segment in segments
        )
        problem = self._too_complex(joined)
        if problem:
            self.note(problem, "")
            return ""
        return joined

    def _attach(self, part: Part, parent: str) -> None:
        if len(self.attachments) >= self.limits.attachments:
            self.note("attachments_cut", "")
            return
        content_id = header_text(part.headers.first("content-id") or b"").strip().strip("<>")[:200]
        content = part.content()
        if not content and not self._name(part):
            return
        name = self._name(part) or self._made_up_name(part)
        if part.content_type in {"application/ms-tnef", "application/vnd.ms-tnef"} or name.lower() == "winmail.dat":
            self.note("winmail", "")
        if part.content_type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
            self.note("encrypted", "")
        inline = bool(content_id) and (part.disposition == "inline" or parent == "multipart/related")
        self.attachments.append(
            Attachment(
                name, part.content_type, content, clean_line(content_id), inline and part.disposition != "attachment"
            )
        )

    @staticmethod
    def _name(part: Part) -> str:
        return BodyReader._clean_name(
            part.disposition_parameters.get("filename") or part.type_parameters.get("name") or ""
        )

    @staticmethod
    def _clean_name(given: str) -> str:
        cleaned = clean_line(_UNSAFE_NAME.sub("_", given), 1000)
        if len(cleaned) > 200:
            stem, dot, ending = cleaned.rpartition(".")
            cleaned = f"{stem[:180]}.{ending[:16]}" if dot else cleaned[:200]
        return cleaned

    def _made_up_name(self, part: Part) -> str:
        ending = _EXTENSIONS.get(part.content_type, "bin")
        return f"attachment-{len(self.attachments) + 1}.{ending}"


def unflow(text: str, *, delete_space: bool) -> str:
    """RFC 3676: soft line breaks undone, quoting kept."""
    out: list[str] = []
    paragraph: list[str] = []
    paragraph_depth = 0

    def close() -> None:
        if paragraph:
            out.append(_quoted(paragraph_depth, "".join(paragraph)))
            paragraph.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if depth != paragraph_depth:
            close()
            paragraph_depth = depth
        is_soft = content.endswith(" ") and content != "-- "
        paragraph.append(content[:-1] if is_soft and delete_space else content)
        if not is_soft:
            close()
    close()
    return "\n".join(out)


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content


def html_as_text(html: str) -> str:
    """Readable text of markup: laid out for ordinary sizes, plainly stripped for large ones."""
    if len(html) > 200_000:
        return stripped_markup(html)
    from inscriptis import get_text  # lxml is slow to import and most mails bring their own text
    from lxml.etree import LxmlError

    try:
        text: str = get_text(_DROPPED_ELEMENT.sub(" ", html))
    except (LxmlError, ValueError, RecursionError):
        return stripped_markup(html)
    lines = [line.rstrip() for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def stripped_markup(html: str) -> str:
    """The text between tags, a line a block, by one pass that no nesting slows down."""
    text = _DROPPED_ELEMENT.sub(" ", html)
    text = _BLOCK_TAG.sub("\n", text)
    text = unescape(_ANY_TAG.sub("", text))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _escaped(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<div>" + escaped.replace("\n", "<br>\n") + "</div>"
