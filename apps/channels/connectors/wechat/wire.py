"""What the WeChat family writes, XML or JSON as the console says, as one kind of document. Nothing in it is trusted."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from lxml import etree

MAX_BYTES: Final = 512 * 1024
"""A push is a few hundred bytes; files never come with it."""

MAX_DEPTH: Final = 12

Document = dict[str, Any]


class NotADocument(Exception):
    """Neither XML nor a JSON object, or built to harm."""


def read(body: bytes) -> Document:
    """By what it is: the platform's content type says little."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    return _read_xml(text) if text[:1] == b"<" else _read_json(text)


def text_of(document: Document, name: str) -> str:
    """A field as text, whether it came as text or as a number. What is neither counts as absent."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip() if name != "Content" else str(value)


def number_of(document: Document, name: str) -> float | None:
    """None for what is no number, and for those that stand for none: "NaN", "Infinity"."""
    try:
        value = float(text_of(document, name))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _read_json(text: bytes) -> Document:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotADocument("it is neither XML nor JSON") from error
    if not isinstance(document, dict) or _depth(document) > MAX_DEPTH:
        raise NotADocument("it is not a flat JSON object")
    return document


def _depth(value: object, limit: int = MAX_DEPTH + 1) -> int:
    if limit == 0 or not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(item, limit - 1) for item in inner), default=0)


def _read_xml(text: bytes) -> Document:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotADocument("it is not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        # The platform declares nothing, so whoever does is up to something: entities that unfold, files, addresses.
        raise NotADocument("it declares a document type")
    found = _value_of(root, MAX_DEPTH)
    return found if isinstance(found, dict) else {}


def _value_of(element: Any, limit: int) -> Any:
    if len(element) == 0:
        return element.text or ""
    if limit == 0:
        raise NotADocument("it is nested too deeply")
    found: Document = {}
    for child in element:
        name, value = str(child.tag), _value_of(child, limit - 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
