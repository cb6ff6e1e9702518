"""The secret that proves which ticket an answer belongs to, for channels that carry one (mail).

A connector verifies it; intake opens it. What it seals says nothing to whoever reads it, and a ticket's number
never stands in for it.
"""

from __future__ import annotations

import base64
import re
import secrets
import struct
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from apps.core.crypto import derived_key

KEY_BYTES: Final = 32
LONG_LENGTH: Final = 52
SHORT_LENGTH: Final = 39
_TOKEN: Final = re.compile(r"[a-z2-7]{39}|[a-z2-7]{52}")
_LONG: Final = struct.Struct(">QQ")
_SHORT: Final = struct.Struct(">Q")
_LONG_CONTEXT: Final = b"reply token, one a message, v1"
_SHORT_CONTEXT: Final = b"reply token, one a ticket, v1"


class TokenSealer:
    """Seals ticket ids under AES-SIV: opaque, and authentic by a tag of 128 bits that the cipher compares.

    Tokens are lower-case base32, so that servers that fold case do no harm; any other spelling is refused.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("The key must have 32 bytes.")
        self._cipher = AESSIV(key)

    def seal_message(self, ticket_id: int, nonce: int | None = None) -> str:
        """A token of its own for each message, 52 characters."""
        body = _LONG.pack(ticket_id, secrets.randbits(64) if nonce is None else nonce)
        return _encode(self._cipher.encrypt(body, [_LONG_CONTEXT]))

    def seal_ticket(self, ticket_id: int) -> str:
        """The ticket's one short token, 39 characters."""
        return _encode(self._cipher.encrypt(_SHORT.pack(ticket_id), [_SHORT_CONTEXT]))

    def open(self, token: str) -> int | None:
        """The ticket's id, or None for anything that this key did not seal."""
        if not _TOKEN.fullmatch(token):
            return None
        is_long = len(token) == LONG_LENGTH
        try:
            plain = self._cipher.decrypt(_decode(token), [_LONG_CONTEXT if is_long else _SHORT_CONTEXT])
            return int((_LONG if is_long else _SHORT).unpack(plain)[0])
        except (InvalidTag, ValueError, struct.error):
            return None


def sealer() -> TokenSealer:
    return _sealer(derived_key("channels.reply-token"))


def seal_message(ticket_id: int) -> str:
    return sealer().seal_message(ticket_id)


def seal_ticket(ticket_id: int) -> str:
    return sealer().seal_ticket(ticket_id)


def ticket_of(token: str) -> int | None:
    """The ticket that a reply token proves, as its id; merged tickets are for the caller to follow."""
    return sealer().open(token)


@lru_cache(maxsize=4)
def _sealer(key: bytes) -> TokenSealer:
    return TokenSealer(key)


def _encode(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _decode(token: str) -> bytes:
    data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    if _encode(data) != token:
        raise ValueError("spare bits")
    return data
