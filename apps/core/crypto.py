"""Encryption at rest: envelope keys, AES-GCM values bound to their row and column, and keys derived for indexes.

A stored value is ``version (1) | data key id (4) | nonce (12) | ciphertext and tag``. Data keys lie in the
database wrapped by a master key from the settings; unwrapped they live only in this process's memory.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

VERSION = 1
_HEADER = struct.Struct(">BI12s")
ACTIVE_KEY_SECONDS = float(settings.DATA_KEY_SECONDS)
"""How long this process goes on with the active key that it knows before it looks again."""


class DecryptionError(Exception):
    """A stored value does not open: damaged, moved to another row or column, or its key is gone."""


class _KeyRing:
    """Unwrapped data keys of this process. The active one is looked up again after a while, so that a rotation is
    noticed.
    """

    def __init__(self) -> None:
        self._ciphers: dict[int, AESGCM] = {}
        self._active: tuple[int, AESGCM, float] | None = None
        self._lock = threading.Lock()

    def clear(self) -> None:
        self._ciphers = {}
        self._active = None

    def active(self) -> tuple[int, AESGCM]:
        active = self._active
        if active is None or active[2] < time.monotonic():
            active = self._find_active()
        return active[0], active[1]

    def cipher(self, key_id: int) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        return self._load(key_id) if cipher is None else cipher

    def _find_active(self) -> tuple[int, AESGCM, float]:
        with self._lock:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute("SELECT id FROM core_datakey WHERE retired IS NULL ORDER BY id DESC LIMIT 1")
                row = cursor.fetchone()
            key_id: int = row[0] if row else create_data_key()
            self._active = (key_id, self.cipher(key_id), time.monotonic() + ACTIVE_KEY_SECONDS)
            return self._active

    def _load(self, key_id: int) -> AESGCM:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT master_key, wrapped FROM core_datakey WHERE id = %s", [key_id])
            row = cursor.fetchone()
        if row is None or not row[1]:
            raise DecryptionError(f"Data key {key_id} does not exist any more.")
        cipher = self._ciphers[key_id] = AESGCM(unwrap_key(bytes(row[1]), key_id=key_id, master_key=row[0]))
        return cipher


_ring = _KeyRing()
forget_keys = _ring.clear


def seal(plaintext: bytes, aad: bytes) -> bytes:
    key_id, cipher = _ring.active()
    nonce = os.urandom(12)
    return _HEADER.pack(VERSION, key_id, nonce) + cipher.encrypt(nonce, plaintext, aad)


def unseal(value: bytes, aad: bytes) -> bytes:
    try:
        version, key_id, nonce = _HEADER.unpack_from(value)
        if version != VERSION:
            raise DecryptionError(f"Unknown format {version} of an encrypted value.")
        return _ring.cipher(key_id).decrypt(nonce, value[_HEADER.size :], aad)
    except (InvalidTag, struct.error) as error:
        raise DecryptionError("An encrypted value does not open here: damaged, or moved from another place.") from error


def is_behind(value: bytes) -> bool:
    """Whether a value is under an older key than the one that this process seals with."""
    return bool(value) and key_id_of(value) < _ring.active()[0]


def key_id_of(value: bytes) -> int:
    """The data key that sealed a value; 0 for an empty one."""
    return int.from_bytes(value[1:5], "big") if value else 0


def aad(table: str, pk: object, column: str) -> bytes:
    return f"{table}:{pk}:{column}".encode()


# Data keys


def master_keys() -> dict[str, bytes]:
    """Master keys by id, the active one first."""
    keys = {str(name): bytes(key) for name, key in settings.MASTER_KEYS.items()}
    if not keys or any(len(key) != 32 for key in keys.values()):
        raise ImproperlyConfigured("MASTER_KEYS must hold at least one key, each of 32 bytes.")
    return keys


def wrap_key(key: bytes, *, key_id: int) -> tuple[str, bytes]:
    """Wrap under the active master key; returns its id and the wrapped key."""
    name, master = next(iter(master_keys().items()))
    nonce = os.urandom(12)
    return name, nonce + AESGCM(master).encrypt(nonce, key, aad("core_datakey", key_id, "wrapped"))


def unwrap_key(wrapped: bytes, *, key_id: int, master_key: str) -> bytes:
    master = master_keys().get(master_key)
    if master is None:
        raise DecryptionError(f"Master key {master_key!r}, which wraps data key {key_id}, is not in MASTER_KEYS.")
    try:
        return AESGCM(master).decrypt(wrapped[:12], wrapped[12:], aad("core_datakey", key_id, "wrapped"))
    except InvalidTag as error:
        raise DecryptionError(f"Data key {key_id} does not open with master key {master_key!r}.") from error


def create_data_key(*, only_if_none: bool = True) -> int:
    """Make a data key and commit it at once, on a connection of its own.

    Were it written in the caller's transaction, a rollback would take away the key of values that other rows
    already use.
    """
    with _own_transaction() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('core.data_key'))")
        if only_if_none:
            cursor.execute("SELECT id FROM core_datakey WHERE retired IS NULL ORDER BY id DESC LIMIT 1")
            if row := cursor.fetchone():
                return int(row[0])
        cursor.execute("SELECT nextval(pg_get_serial_sequence('core_datakey', 'id'))")
        key_id = int(cursor.fetchone()[0])
        name, wrapped = wrap_key(AESGCM.generate_key(256), key_id=key_id)
        cursor.execute(
            "INSERT INTO core_datakey (id, created, master_key, wrapped) VALUES (%s, clock_timestamp(), %s, %s)",
            [key_id, name, wrapped],
        )
        return key_id


@contextmanager
def _own_transaction() -> Iterator[CursorWrapper]:
    connection = connections[DEFAULT_DB_ALIAS].copy()
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    finally:
        connection.close()


# Keys derived from the index key


@lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"contactcenter/{purpose}".encode()).derive(secret)


def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose (``search``, ``public-id``, ``blind-index:<field>``), independent of all others."""
    secret = bytes(settings.INDEX_KEY)
    if len(secret) < 32:
        raise ImproperlyConfigured("INDEX_KEY must have at least 32 bytes.")
    return _derive(secret, purpose)


def keyed_hash(purpose: str, value: bytes) -> bytes:
    """HMAC-SHA256 under the key of that purpose."""
    return hmac.digest(derived_key(purpose), value, hashlib.sha256)
