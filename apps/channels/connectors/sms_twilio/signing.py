"""X-Twilio-Signature over the public address and the form (twilio-python, request_validator.py)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

BODY_HASH: Final = "bodySHA256"
_PORTS: Final = {"https": 443, "http": 80}


def signature(token: str, url: str, fields: Mapping[str, Iterable[str]]) -> str:
    """Fields by name; of one that is there several times each value counts once."""
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_genuine(given: str, tokens: Sequence[str], url: str, fields: Mapping[str, Iterable[str]]) -> bool:
    """With one of the tokens, for the address with or without its port, whichever Twilio was given. No token, no proof."""
    expected = [signature(token, form, fields) for token in tokens if token for form in _forms(url)]
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in expected)


def _forms(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    yield url
    if parts.port is not None:
        yield urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))
    elif port := _PORTS.get(parts.scheme):
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))
