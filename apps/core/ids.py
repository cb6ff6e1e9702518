"""Opaque public ids without a column: one AES block over (table tag, id), 22 characters of base64url.

They cannot be counted through, differ between tables for the same number, and a forged one is recognised (64-bit tag).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from django.db import models

from apps.core.crypto import derived_key


def public_id(obj: models.Model) -> str:
    return public_id_for(type(obj), obj.pk)


def public_id_for(model: type[models.Model], pk: int) -> str:
    """The public id of a row that was not loaded."""
    encryptor = _cipher().encryptor()
    block = encryptor.update(_tag(model._meta.concrete_model or model) + int(pk).to_bytes(8, "big"))
    return base64.urlsafe_b64encode(block).rstrip(b"=").decode()


def read_public_id(model: type[models.Model], text: str) -> int | None:
    """The row's id, or None for anything that we did not hand out for this model."""
    if len(text) != 22:
        return None
    try:
        block = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if base64.urlsafe_b64encode(block).rstrip(b"=").decode() != text:
        return None
    plain = _cipher().decryptor().update(block)
    if not hmac.compare_digest(plain[:8], _tag(model._meta.concrete_model or model)):
        return None
    return int.from_bytes(plain[8:], "big")


def _cipher() -> Cipher[ECB]:
    # One block of unique plaintext: ECB is the plain block cipher here, a keyed permutation of ids.
    return Cipher(AES(derived_key("public-id")), ECB())  # noqa: S305


@lru_cache
def _tag(model: type[models.Model]) -> bytes:
    return hashlib.sha256(f"public-id:{model._meta.label_lower}".encode()).digest()[:8]
