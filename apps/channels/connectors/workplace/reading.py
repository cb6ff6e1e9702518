"""The JSON of work platforms, where they differ from messengers: JSON inside of JSON, and a code in every answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.channels.connectors.bots.reading import moment, readable
from apps.channels.connectors.documents import Document, number_of


def document_in(text: str) -> Document:
    """An object that came as text inside of another; empty when it is none."""
    return readable(text.encode("utf-8", "replace")) or {}


def moment_of(document: Document, name: str) -> datetime | None:
    milliseconds = number_of(document, name)
    return moment(milliseconds / 1000) if milliseconds else None


def code_of(document: Mapping[str, Any], name: str = "code") -> int:
    """0 when the platform is content. Numbers come as text at times; what is no number is no code of theirs."""
    value = document.get(name, 0)
    try:
        return int(str(value))
    except ValueError:
        return 0 if value in ("", None) else 1


def to_json(document: Mapping[str, Any]) -> bytes:
    """Characters as they are; halves of characters, which pages can bring, as question marks."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
