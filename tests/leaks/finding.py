"""Finds planted values in whatever leaves, however they are written there."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from tests.leaks.planted import Secret

_TAG = re.compile(r"<[^<>]{0,2000}>")
_SEPARATOR = re.compile(r"[\W_]+")
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_HEX = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_QUOTED_PRINTABLE = re.compile(r"=[0-9A-F]{2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_BASE64_URL = re.compile(r"[A-Za-z0-9_-]{12,}={0,2}")
ROUNDS = 3
"""How deep encodings may be nested."""


@dataclass(frozen=True)
class Find:
    secret: Secret
    around: str

    def __str__(self) -> str:
        return f"{self.secret} in …{self.around}…"


class Finder:
    """Looks for many values at once. The haystack is decoded, then compared without blanks, dashes, tags and width."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._needles = [(folded(secret.text), secret) for secret in secrets]
        short = [str(secret) for needle, secret in self._needles if len(needle) < (2 if not needle.isascii() else 6)]
        assert not short, f"too short to be looked for without false alarms: {short}"

    def find(self, *haystacks: str | bytes) -> list[Find]:
        found: dict[Secret, Find] = {}
        for haystack in haystacks:
            for text in forms(haystack):
                for needle, secret in self._needles:
                    at = -1 if secret in found else text.find(needle)
                    if at >= 0:
                        found[secret] = Find(secret, text[max(0, at - 30) : at + len(needle) + 30])
        return list(found.values())


def folded(text: str) -> str:
    """Without anything that a reader would look over: case, width, blanks, dashes, dots."""
    return _SEPARATOR.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


def forms(haystack: str | bytes) -> Iterator[str]:
    """The folded text: as it stands, without tags, decoded, and what is packed in base64 inside of it."""
    text = haystack if isinstance(haystack, str) else haystack.decode("utf-8", "replace")
    plain = decoded(text)
    seen: set[str] = set()
    for form in (text, plain, _TAG.sub("", plain), " ".join(unpacked(text))):
        if form and form not in seen:
            seen.add(form)
            yield folded(form)


def decoded(text: str) -> str:
    """With every layer of HTML, URL, JSON and quoted-printable encoding taken off."""
    for _round in range(ROUNDS):
        before = text
        if "&" in text:
            text = html.unescape(text)
        if "%" in text:
            text = unquote_plus(text)
        if "\\u" in text:
            text = _UNICODE.sub(_from_json, text)
        if "\\x" in text:
            text = _HEX.sub(lambda match: bytes.fromhex(match[0].replace("\\x", "")).decode("utf-8", "replace"), text)
        if text == before:
            break
    if _QUOTED_PRINTABLE.search(text):
        text += quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    return text


def _from_json(match: re.Match[str]) -> str:
    units = bytes.fromhex(match[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def unpacked(text: str) -> Iterator[str]:
    """Words that are base64 of something readable, opened once."""
    for pattern, alphabet in ((_BASE64, b"+/"), (_BASE64_URL, b"-_")):
        for match in pattern.finditer(text):
            packed = match[0].rstrip("=")
            try:
                raw = base64.b64decode(packed[: len(packed) - (len(packed) % 4 == 1)] + "==", altchars=alphabet)
            except (binascii.Error, ValueError):
                continue
            opened = raw.decode("utf-8", "ignore")
            if len(opened.encode()) * 2 > len(raw):
                yield opened
