"""Signed requests in the name of the account: OAuth 1.0a with HMAC-SHA1 (RFC 5849). Its tokens do not run out.

Bodies in JSON and files are not part of what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Credentials:
    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str

    def header(self, method: str, url: str) -> str:
        stamps = {"oauth_timestamp": str(int(time.time())), "oauth_nonce": secrets.token_hex(16)}
        return self.header_with(method, url, stamps)

    def header_with(
        self, method: str, url: str, stamps: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> str:
        named = {
            "oauth_consumer_key": self.consumer_key,
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_token": self.token,
            "oauth_version": "1.0",
            **stamps,
        }
        signature = self._signature(method, url, {**(form or {}), **named})
        fields = {**named, "oauth_signature": signature}
        return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in sorted(fields.items()))

    def _signature(self, method: str, url: str, fields: Mapping[str, str]) -> str:
        parts = urlsplit(url)
        pairs = [*fields.items(), *parse_qsl(parts.query, keep_blank_values=True)]
        joined = "&".join(sorted(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs))
        place = f"{parts.scheme}://{parts.netloc}{parts.path}"
        base = "&".join(map(_escaped, (method.upper(), place, joined)))
        key = f"{_escaped(self.consumer_secret)}&{_escaped(self.token_secret)}"
        digest: Any = hmac.new(key.encode(), base.encode(), hashlib.sha1)
        return base64.b64encode(digest.digest()).decode()


def _escaped(value: str) -> str:
    return quote(value, safe="-._~")
