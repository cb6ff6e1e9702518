"""Signatures over raw bytes, the same for calls that come in and calls that go out.

Standard Webhooks is written out here as well: it is one more HMAC, and its library knows neither two live secrets nor
another tolerance (docs/decisions/0014-webhook-mappings.md).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STANDARD_PREFIX: Final = "whsec_"


class Style(StrEnum):
    HMAC = "hmac"
    TIMESTAMPED = "timestamped"
    STANDARD = "standard"


class Verdict(StrEnum):
    """What became of a call at the door. Shown to managers, never to the caller."""

    GENUINE = "genuine"
    NO_SECRET = "no_secret"  # noqa: S105 (the name of a verdict)
    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"
    NETWORK = "network"
    METHOD = "method"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature is made and where it stands.

    `timestamp_header` is empty where the signature header carries the time too (`t=…,v1=…`, several `v1` allowed).
    `signed_text` is the text under the signature, with {timestamp} and {body}.
    """

    style: Style
    header: str = "X-Signature"
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    timestamp_header: str = ""
    signed_text: str = "{timestamp}.{body}"
    tolerance: int = 300

    def sign(self, secret: str, body: bytes, *, message_id: str, at: int) -> dict[str, str]:
        """The headers that prove a body."""
        if self.style is Style.STANDARD:
            signature = "v1," + _standard(secret, message_id, str(at), body)
            return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signature}
        if self.style is Style.HMAC:
            return {self.header: self._signature(secret, body)}
        signature = self._signature(secret, self._text(str(at), body))
        if not self.timestamp_header:
            return {self.header: f"t={at},v1={signature}"}
        return {self.timestamp_header: str(at), self.header: signature}

    def judge(self, secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> Verdict:
        """Any one live secret will do, so that they can be changed without a gap. No secret at all refuses."""
        if not secrets:
            return Verdict.NO_SECRET
        if self.style is Style.STANDARD:
            return self._judge_standard(secrets, headers, body)
        given = headers.get(self.header, "").strip()
        if not given:
            return Verdict.MISSING
        if self.style is Style.HMAC:
            return self._compare(secrets, body, [given])
        stamp, signatures = self._timestamped(given, headers)
        if (verdict := self._judge_time(stamp)) is not Verdict.GENUINE:
            return verdict
        return self._compare(secrets, self._text(stamp, body), signatures)

    def _signature(self, secret: str, text: bytes) -> str:
        digest = hmac.digest(secret.encode(), text, self.algorithm)
        return self.prefix + (digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode())

    def _text(self, stamp: str, body: bytes) -> bytes:
        before, _place, after = self.signed_text.replace("{timestamp}", stamp).partition("{body}")
        return before.encode() + body + after.encode()

    def _timestamped(self, given: str, headers: Mapping[str, str]) -> tuple[str, list[str]]:
        if self.timestamp_header:
            return headers.get(self.timestamp_header, "").strip(), [given]
        parts = [part.strip().partition("=") for part in given.split(",")]
        stamp = next((value for name, _sign, value in parts if name == "t"), "")
        return stamp, [value for name, _sign, value in parts if name == "v1"]

    def _judge_time(self, stamp: str) -> Verdict:
        if not stamp:
            return Verdict.MISSING
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 13):
            return Verdict.WRONG
        seconds = int(stamp) // 1000 if len(stamp) == 13 else int(stamp)
        return Verdict.GENUINE if abs(time.time() - seconds) <= self.tolerance else Verdict.STALE

    def _compare(self, secrets: Sequence[str], text: bytes, given: Sequence[str]) -> Verdict:
        expected = [self._signature(secret, text) for secret in secrets]
        return _any_equal(expected, [self._cased(signature) for signature in given[:10]])

    def _cased(self, signature: str) -> str:
        """Hexadecimal digits come in both cases."""
        head = len(self.prefix)
        return signature[:head] + signature[head:].lower() if self.encoding == "hex" else signature

    def _judge_standard(self, secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> Verdict:
        message_id, stamp, given = (_standard_header(headers, name) for name in ("id", "timestamp", "signature"))
        if not (message_id and stamp and given):
            return Verdict.MISSING
        if (verdict := self._judge_time(stamp)) is not Verdict.GENUINE:
            return verdict
        try:
            expected = [f"v1,{_standard(secret, message_id, stamp, body)}" for secret in secrets]
        except ValueError:
            return Verdict.NO_SECRET
        return _any_equal(expected, given.split()[:10])


def standard_message_id(headers: Mapping[str, str]) -> str:
    """Stays the same over all attempts to deliver one message."""
    return _standard_header(headers, "id")


def standard_key(secret: str) -> bytes:
    """The bytes behind `whsec_…`. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(STANDARD_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not key:
        raise ValueError("empty")
    return key


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def _standard_header(headers: Mapping[str, str], name: str) -> str:
    return (headers.get(f"webhook-{name}") or headers.get(f"svix-{name}") or "").strip()


def _standard(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    text = f"{message_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.digest(standard_key(secret), text, "sha256")).decode()


def _any_equal(expected: Sequence[str], given: Sequence[str]) -> Verdict:
    return Verdict.GENUINE if any(same(one, other) for one in given for other in expected) else Verdict.WRONG
