"""The secret in the link to a page: which ticket, which handle it went to, on which channel, and until when.

Sealed, so it says nothing to whoever reads it, and short, because it travels in a text message.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from apps.channels.keys import key_of
from apps.core.crypto import derived_key

_BODY: Final = struct.Struct(">QIQ8s")
_CONTEXT: Final = b"conversation page, v1"


@dataclass(frozen=True, slots=True)
class PageToken:
    channel_id: int
    ticket_id: int
    handle: bytes
    expires_at: datetime


def handle_of(kind: str, value: str) -> bytes:
    """What stands for the handle in a token: enough to find it among those of one customer."""
    return key_of("page", kind, value)[:8]


def seal(token: PageToken) -> str:
    body = _BODY.pack(token.ticket_id, token.channel_id, int(token.expires_at.timestamp()), token.handle)
    return _encode(_cipher(_key()).encrypt(body, [_CONTEXT]))


def unseal(text: str) -> PageToken | None:
    """None for what we did not seal, and for any other spelling of it. Whether its time is over is for the caller."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if _encode(sealed) != text:  # the decoder skips foreign characters and drops spare bits
            return None
        plain = _cipher(_key()).decrypt(sealed, [_CONTEXT])
        ticket_id, channel_id, expires, handle = _BODY.unpack(plain)
    except (InvalidTag, binascii.Error, ValueError, struct.error):
        return None
    return PageToken(channel_id, ticket_id, handle, datetime.fromtimestamp(expires, UTC))


def _encode(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def _key() -> bytes:
    return derived_key("channels.page")


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(key)
