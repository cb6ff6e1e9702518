"""The callback crypto of the WeChat family: Official Account, Mini Program, WeCom, and others that copied it.

Source: developers.weixin.qq.com, mini program, server-ability, message-push; recomputed on its published samples.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apps.core.clock import now

FRESH: Final = timedelta(minutes=10)
"""How far a call's time may lie from ours. WeChat repeats a call within 15 seconds, and the rest is room for clocks that
differ; what is captured later than this cannot be sent again, and what is sent again sooner is one item all the same.
"""

PAD_BLOCK: Final = 32
"""PKCS#7 pads to 32 bytes here, twice the block of AES."""

_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class NotDecryptable(Exception):
    """The text is not what this key made. The reason is for those who set the channel up; it names no secret."""


@dataclass(frozen=True, slots=True)
class Opened:
    message: bytes
    receiver: str
    """Whom the platform means: app id, corp id."""


def signature(*parts: str) -> str:
    """SHA-1 over the parts, sorted by bytes: token, timestamp, nonce, and the encrypted text where there is one."""
    ordered = sorted(part.encode("utf-8", "replace") for part in parts)
    return hashlib.sha1(b"".join(ordered)).hexdigest()  # noqa: S324 (the platform's choice)


def is_signed(given: str, *parts: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature(*parts).encode())


def is_fresh(timestamp: str) -> bool:
    if not _SECONDS.fullmatch(timestamp):
        return False
    return abs(now().timestamp() - int(timestamp)) <= FRESH.total_seconds()


def is_key(encoding_aes_key: str) -> bool:
    return _KEY.fullmatch(encoding_aes_key) is not None


def decrypt(encrypted: str, encoding_aes_key: str) -> Opened:
    """16 random bytes, the length in 4, the message, the receiver: AES-256-CBC, the key's first half as its vector."""
    if not is_key(encoding_aes_key):
        raise NotDecryptable("the EncodingAESKey is not 43 letters and digits")
    # The last of the 43 symbols may carry spare bits, which Python's decoder lets pass.
    key = base64.b64decode(f"{encoding_aes_key}=")
    frame = _without_padding(_decipher(_bytes_of(encrypted), key))
    length = int.from_bytes(frame[16:20], "big")
    message, receiver = frame[20 : 20 + length], frame[20 + length :]
    if len(frame) < 20 or len(message) != length:
        raise NotDecryptable("it does not fit the EncodingAESKey")
    return Opened(message, receiver.decode("utf-8", "replace"))


def _bytes_of(encrypted: str) -> bytes:
    try:
        found = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotDecryptable("it is not base64") from error
    if not found or len(found) % 16:
        raise NotDecryptable("it is cut off")
    return found


def _decipher(encrypted: bytes, key: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return decryptor.update(encrypted) + decryptor.finalize()


def _without_padding(padded: bytes) -> bytes:
    # No oracle: nobody gets here without the token's signature over the encrypted text.
    count = padded[-1]
    if not 1 <= count <= PAD_BLOCK or padded[-count:] != bytes([count]) * count:
        raise NotDecryptable("it does not fit the EncodingAESKey")
    return padded[:-count]
