"""Proof that a call is a platform's: over its raw body, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from apps.channels.connectors.bots.reading import MAX_BYTES
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def hex_signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def base64_signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def pushed(request: HttpRequest, secret: str) -> bytes:
    """The body of a push, still to be proved. An empty secret proves nothing, so nobody is believed."""
    if not secret:
        raise InputRefused(reason="no_secret_configured")
    if request.method != "POST":
        raise InputRefused(reason="not_a_push")
    return body_of(request, MAX_BYTES)


def require_equal(given: str, expected: str) -> None:
    if not given:
        raise InputRefused(reason="signature_missing")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise InputRefused(reason="signature_wrong")
