"""ACS3-HMAC-SHA256, how requests to Aliyun are signed (help.aliyun.com, "V3 signature")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

ALGORITHM: Final = "ACS3-HMAC-SHA256"


def query_string(query: Mapping[str, str]) -> str:
    """Sorted and encoded by RFC 3986; what is signed is also what is sent."""
    return "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query))


def canonical_request(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """`headers` are those to be signed, in small letters; the hash of the body is one of them."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    return "\n".join(
        (method, path, query_string(query), lines, ";".join(sorted(headers)), headers["x-acs-content-sha256"])
    )


def signature(canonical: str, secret: str) -> str:
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def authorization(key_id: str, secret: str, method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    signed = signature(canonical_request(method, "/", query, headers), secret)
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(sorted(headers))},Signature={signed}"


def _encoded(text: str) -> str:
    return quote(text, safe="~")
