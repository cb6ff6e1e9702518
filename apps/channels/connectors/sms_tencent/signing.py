"""TC3-HMAC-SHA256, how requests to Tencent Cloud are signed (cloud.tencent.com, "signature v3")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

ALGORITHM: Final = "TC3-HMAC-SHA256"


def canonical_request(headers: Mapping[str, str], payload: bytes) -> str:
    """`headers` are those to be signed, in small letters."""
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    return "\n".join(("POST", "/", "", lines, ";".join(sorted(headers)), hashlib.sha256(payload).hexdigest()))


def signature(canonical: str, *, secret: str, timestamp: int, service: str) -> str:
    date = _date(timestamp)
    scope = f"{date}/{service}/tc3_request"
    text = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def authorization(
    key_id: str, secret: str, *, headers: Mapping[str, str], payload: bytes, timestamp: int, service: str
) -> str:
    signed = signature(canonical_request(headers, payload), secret=secret, timestamp=timestamp, service=service)
    credential = f"{key_id}/{_date(timestamp)}/{service}/tc3_request"
    return f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(sorted(headers))}, Signature={signed}"


def _date(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
