"""Search terms as keyed hashes: equal words meet in the index, and the index shows none of them.

Chinese, Japanese and Korean text is cut into characters and pairs of characters, everything else into words and
their beginnings.
Simplified and traditional characters stay different, as written.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from apps.core.crypto import derived_key

MAX_TEXT = 200_000
MAX_TERMS = 20_000
MAX_QUERY_TERMS = 64
PREFIXES = (2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32)
"""Lengths of the word beginnings that are indexed. A query word is looked up by the longest of them that it reaches."""

_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3100-\u31bf\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def normalize(text: str) -> str:
    """One form for full-width and half-width, composed and decomposed, upper and lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold())


def terms(text: str) -> set[int]:
    """The hashes under which a text is found."""
    found: set[str] = set()
    for term in chain.from_iterable(_indexed(token) for token in _tokens(text)):
        found.add(term)
        if len(found) >= MAX_TERMS:
            break
    return {_hash(term) for term in found}


def query_terms(text: str) -> list[int]:
    """The hashes that a text must all have to contain the query; an empty query has none."""
    wanted: dict[str, None] = {}
    for token in _tokens(text):
        wanted.update(dict.fromkeys(_queried(token)))
    return [_hash(term) for term in list(wanted)[:MAX_QUERY_TERMS]]


def contains(text: str, query: str) -> bool:
    """Whether a text has every word of the query as the beginning of one of its words, or every run of characters
    somewhere.

    The check after decryption: hashes may collide, and what the viewer does not see must not count.
    """
    words = list(_tokens(text))
    return all(
        any(token in word if _IS_CJK.match(token) else word.startswith(token) for word in words)
        for token in _tokens(query)
    )


def _tokens(text: str) -> Iterator[str]:
    return (match.group() for match in _TOKEN.finditer(normalize(text)))


def _indexed(token: str) -> Iterator[str]:
    if _IS_CJK.match(token):
        yield from token
        yield from (token[place : place + 2] for place in range(len(token) - 1))
    elif len(token) == 1:
        yield token
    else:
        yield from (token[:length] for length in PREFIXES if length <= len(token))


def _queried(token: str) -> Iterator[str]:
    if len(token) == 1:
        yield token
    elif _IS_CJK.match(token):
        yield from (token[place : place + 2] for place in range(len(token) - 1))
    else:
        yield token[: max(length for length in PREFIXES if length <= len(token))]


def _hash(term: str) -> int:
    return _hash_with(derived_key("search"), term)


@lru_cache(maxsize=65536)
def _hash_with(key: bytes, term: str) -> int:
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4, key=key).digest()
    return int.from_bytes(digest, "big", signed=True)
