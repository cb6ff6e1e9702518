"""The platform's public keys, kept in the process for a day. A key that is not known is asked for at most once an hour.

Source: microsoft/botbuilder-python, botframework-connector (authentication constants, OpenID metadata).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final

import jwt

from apps.channels.connectors.documents import Document, rows_of, text_of
from apps.channels.contract import SendResult
from apps.channels.platform_http import PlatformTrouble, call

METADATA: Final = "/v1/.well-known/openidconfiguration"
KEPT_SECONDS: Final = 24 * 3600
ASKED_AGAIN_SECONDS: Final = 3600

_lock = threading.Lock()
_kept: dict[str, Keys] = {}


@dataclass(frozen=True, slots=True)
class SigningKey:
    key: jwt.PyJWK
    endorsements: frozenset[str]
    """The channels for which it may sign."""


@dataclass(frozen=True, slots=True)
class Keys:
    by_id: dict[str, SigningKey]
    fetched: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.fetched


def key_of(openid_base: str, key_id: str) -> SigningKey | None:
    """Raises PlatformTrouble when the keys cannot be fetched: then nobody is believed and nobody called a liar."""
    with _lock:
        kept = _kept.get(openid_base)
        if kept is None or kept.age > (KEPT_SECONDS if key_id in kept.by_id else ASKED_AGAIN_SECONDS):
            kept = _kept[openid_base] = _renewed(openid_base, kept, key_id)
        return kept.by_id.get(key_id)


def forget() -> None:
    """For tests, whose platforms come and go."""
    with _lock:
        _kept.clear()


def _renewed(openid_base: str, kept: Keys | None, key_id: str) -> Keys:
    """While the platform does not answer, a key that was good yesterday is better than none."""
    try:
        return Keys(_fetch(openid_base), time.monotonic())
    except PlatformTrouble:
        if kept is None or key_id not in kept.by_id:
            raise
        return kept


def _fetch(openid_base: str) -> dict[str, SigningKey]:
    metadata = call("GET", f"{openid_base}{METADATA}", repeatable=True).json()
    document = call("GET", text_of(metadata, "jwks_uri"), repeatable=True).json()
    found = {text_of(row, "kid"): key for row in rows_of(document, "keys") if (key := _key(row)) is not None}
    if not found:
        raise PlatformTrouble(SendResult.retry_later("The platform names no keys."))
    return found


def _key(row: Document) -> SigningKey | None:
    """Keys of other kinds than we check with are left out."""
    if text_of(row, "kty") != "RSA" or not text_of(row, "kid"):
        return None
    endorsed = row.get("endorsements")
    try:
        key = jwt.PyJWK(row, algorithm="RS256")
    except (jwt.PyJWTError, ValueError):
        return None
    return SigningKey(key, frozenset(map(str, endorsed)) if isinstance(endorsed, list) else frozenset())
