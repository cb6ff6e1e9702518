"""Who calls, and whether the call is new: the signature of the partner API."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels.errors import InputRefused
from apps.channels.keys import key_of
from apps.core.idempotency import take_once

TOLERANCE: Final = 300
NONCE_KEPT: Final = timedelta(minutes=10)
"""Twice the tolerance: as long as a copy of the call could pass for a new one."""

MAX_NONCE: Final = 200


class CallStale(InputRefused):
    """Told only to who proved to be the partner, whose clock is then wrong."""

    code = "channels.call_stale"
    message = _("The time of the call is more than five minutes away from ours.")


class CallRepeated(InputRefused):
    code = "channels.call_repeated"
    message = _("A call with this nonce has been made before.")


def sign(secret: str, *, method: str, target: str, stamp: str, nonce: str, body: bytes) -> str:
    """`target` is the path with its query, as it was asked for."""
    text = "\n".join((method, target, stamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.digest(secret.encode(), text.encode("utf-8", "surrogateescape"), "sha256").hex()


def prove(headers: Mapping[str, str], *, partner_id: str, secret: str, method: str, target: str, body: bytes) -> str:
    """The call's nonce, which is used up by this. Raises InputRefused and keeps nothing of what is not proved."""
    stamp, nonce = (headers.get(name, "").strip() for name in ("X-Timestamp", "X-Nonce"))
    if not (partner_id and secret.strip()):
        raise InputRefused(reason="not_set_up")
    if not (stamp and 1 <= len(nonce) <= MAX_NONCE):
        raise InputRefused(reason="missing")
    expected = sign(secret, method=method, target=target, stamp=stamp, nonce=nonce, body=body)
    is_partner = _same(headers.get("X-Partner-Id", "").strip(), partner_id)
    if not (_same(headers.get("X-Signature", "").strip().lower(), expected) and is_partner):
        raise InputRefused(reason="signature")
    if not _is_recent(stamp):
        raise CallStale(reason="stale")
    if not take_once(key_of("partner", "nonce", partner_id, secret, nonce), NONCE_KEPT):
        raise CallRepeated(reason="repeated")
    return nonce


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _is_recent(stamp: str) -> bool:
    is_number = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return is_number and abs(time.time() - int(stamp)) <= TOLERANCE
