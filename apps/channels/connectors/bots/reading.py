"""The JSON that messengers push, beyond its form: items, moments, names."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Final

from apps.channels.connectors.documents import Document, NotADocument, read
from apps.channels.contract import VerifiedInput
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent

MAX_BYTES: Final = 4 * 1024 * 1024
"""A call may hold a thousand items; files never come with it."""

_WORD = re.compile(r"[^a-z0-9]+")


def readable(body: bytes) -> Document | None:
    """A call's body: what cannot be read is kept as well, so this is no refusal."""
    try:
        return read(body)
    except NotADocument:
        return None


def opened(event: InboundEvent) -> Document:
    """Of a stored item; Unreadable parks it with the reason."""
    try:
        return read(bytes(event.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error


def words(document: Document, name: str) -> list[str]:
    """The texts of a list."""
    found = document.get(name)
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []


def word(name: str) -> str:
    """A name that a platform gave to something, as part of a code of ours."""
    return _WORD.sub("_", name.lower()).strip("_")[:50] or "unnamed"


def moment(seconds: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def unread(body: bytes) -> VerifiedInput:
    """What cannot be read is kept as well, to be parked with the reason and repaired."""
    return VerifiedInput(external_id=id_of_bytes(body), order_by="", payload=body)


def packed(document: Document) -> bytes:
    """One item out of a call that held several."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def id_of_bytes(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
