"""A backup as one encrypted file: a dump in chunks, each under a key of the file's own, which a master key wraps.

``CCB1``, length and name of the master key, the wrapped key, then chunks with their length: AES-GCM, bound to the head, to
their place and to being the last. So nothing can be changed, swapped, cut off or joined without being noticed, and whoever
has `MASTER_KEYS` needs nothing else to open it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.core.crypto import DecryptionError, master_keys

MAGIC: Final = b"CCB1"
CHUNK: Final = 1024 * 1024
TAG: Final = 16
_WRAPPED: Final = 12 + 32 + TAG


def sealed(source: IO[bytes]) -> Iterator[bytes]:
    """What comes out of `source`, encrypted under a new key."""
    name, master = next(iter(master_keys().items()))
    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    head = MAGIC + struct.pack(">B", len(name.encode())) + name.encode()
    head += nonce + AESGCM(master).encrypt(nonce, key, head)
    yield head
    cipher, number = AESGCM(key), 0
    chunk = _read(source, CHUNK)
    while True:
        following = _read(source, CHUNK)
        body = cipher.encrypt(_nonce(number), chunk, _place(head, number, is_last=not following))
        yield struct.pack(">I", len(body)) + body
        if not following:
            return
        chunk, number = following, number + 1


def opened(source: IO[bytes]) -> Iterator[bytes]:
    """What was sealed. Raises DecryptionError where it is no backup, damaged or cut short, or its master key is not there;
    until then whole chunks have come out, each as it was.
    """
    head, key = _head(source)
    cipher, number = AESGCM(key), 0
    chunk = _chunk(source)
    while True:
        following = _chunk(source)
        try:
            yield cipher.decrypt(_nonce(number), chunk, _place(head, number, is_last=not following))
        except InvalidTag as error:
            raise DecryptionError(f"Chunk {number} of this backup is damaged, or its end is missing.") from error
        if not following:
            return
        chunk, number = following, number + 1


def _head(source: IO[bytes]) -> tuple[bytes, bytes]:
    start = _read(source, len(MAGIC) + 1)
    if not start.startswith(MAGIC) or len(start) <= len(MAGIC):
        raise DecryptionError("This is no backup of ours.")
    named = _read(source, start[-1])
    wrapped = _read(source, _WRAPPED)
    name = named.decode("utf-8", "replace")
    master = master_keys().get(name)
    if master is None:
        raise DecryptionError(f"This backup needs master key {name!r}, which is not in MASTER_KEYS.")
    try:
        key = AESGCM(master).decrypt(wrapped[:12], wrapped[12:], start + named)
    except (InvalidTag, ValueError) as error:
        raise DecryptionError(f"This backup does not open with master key {name!r}.") from error
    return start + named + wrapped, key


def _chunk(source: IO[bytes]) -> bytes:
    length = _read(source, 4)
    if not length:
        return b""
    size = int.from_bytes(length, "big")
    body = _read(source, min(size, CHUNK + TAG))
    if len(length) < 4 or len(body) < size:
        raise DecryptionError("This backup is cut short.")
    return body


def _read(source: IO[bytes], wanted: int) -> bytes:
    parts: list[bytes] = []
    while wanted and (part := source.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _nonce(number: int) -> bytes:
    # Counting is safe: every backup has a key of its own.
    return number.to_bytes(12, "big")


def _place(head: bytes, number: int, *, is_last: bool) -> bytes:
    return head + struct.pack(">QB", number, is_last)
