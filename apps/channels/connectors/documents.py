"""JSON that a platform sent, of any depth that platforms use. Not trusted: what has the wrong form counts as absent."""

from __future__ import annotations

import json
from typing import Final

from apps.channels.connectors.wechat.wire import Document, NotADocument, number_of, text_of

__all__ = ["MAX_BYTES", "Document", "NotADocument", "number_of", "part_of", "read", "rows_of", "text_of"]

MAX_BYTES: Final = 1024 * 1024
"""Long texts come in several forms at once, and shared messages hold others. Files never come with them."""


def read(body: bytes) -> Document:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotADocument("it is no JSON") from error
    if not isinstance(document, dict):
        raise NotADocument("it is no JSON object")
    return document


def part_of(document: Document, *names: str) -> Document:
    """The object under these names, one inside the other; an empty one where there is none."""
    for name in names:
        inner = document.get(name)
        document = inner if isinstance(inner, dict) else {}
    return document


def rows_of(document: Document, name: str) -> list[Document]:
    rows = document.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
