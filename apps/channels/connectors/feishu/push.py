"""A call of the platform: proved genuine over its raw body, opened, and split into items.

With an Encrypt Key the body is encrypted and signed; the question of the console comes encrypted but unsigned. Without one the
Verification Token inside of the body is all the proof there is. The signature's time is not limited: the platform repeats a
call for hours, and a captured one is the same item by its id in the signed body.
Source: larksuite/oapi-sdk-go, event/event.go; recomputed on its published samples.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from django.http import HttpResponse, JsonResponse

from apps.channels.connectors.bots.reading import id_of_bytes, readable, unread
from apps.channels.connectors.documents import MAX_BYTES, Document, part_of, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

if TYPE_CHECKING:
    from django.http import HttpRequest

CHALLENGE: Final = "url_verification"
RECEIVED: Final = "im.message.receive_v1"
FIRST_EDITION: Final = "message"
"""What the first edition of events calls a message."""

READ: Final = "im.message.message_read_v1"
RECALLED: Final = "im.message.recalled_v1"
MOST_READ: Final = 1000
"""Messages that one call says were read."""


class NotDecryptable(Exception):
    """The text is not what this key made."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed on the platform's console."""

    verification_token: str
    encrypt_key: str


def verify(request: HttpRequest, agreed: Agreed) -> tuple[VerifiedInput, ...]:
    body = _proved(request, agreed)
    document = readable(body)
    if document is None:
        return (unread(body),)
    return () if text_of(document, "type") == CHALLENGE else _items(document, body)


def answer(request: HttpRequest, agreed: Agreed) -> HttpResponse:
    """The console wants its word back, unencrypted; an event wants a 200."""
    document = readable(_proved(request, agreed)) or {}
    if text_of(document, "type") != CHALLENGE:
        return HttpResponse(status=200)
    return JsonResponse({"challenge": text_of(document, "challenge")})


def event_type(document: Document) -> str:
    """Under `header` in the second edition of events, under `event` in the first."""
    return text_of(part_of(document, "header"), "event_type") or text_of(part_of(document, "event"), "type")


def external_id(message_id: str) -> str:
    return f"message:{message_id}"


def signature(encrypt_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """SHA-256 over time, nonce, key and the body as it came; a plain hash, no HMAC."""
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode("utf-8", "replace") + body).hexdigest()


def decrypt(encrypted: str, encrypt_key: str) -> bytes:
    """AES-256-CBC under the hash of the key; the first block is the vector."""
    try:
        raw = base64.b64decode(encrypted, validate=True)
        decryptor = Cipher(
            algorithms.AES(hashlib.sha256(encrypt_key.encode()).digest()), modes.CBC(raw[:16])
        ).decryptor()
        unpadder = PKCS7(128).unpadder()
        padded = decryptor.update(raw[16:]) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError) as error:
        raise NotDecryptable from error


# --- Proof --------------------------------------------------------------------------------------------------------


def _proved(request: HttpRequest, agreed: Agreed) -> bytes:
    """The body, opened; InputRefused unless it is genuine."""
    if not agreed.verification_token and not agreed.encrypt_key:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    body = body_of(request, MAX_BYTES)
    return _opened(request, body, agreed) if agreed.encrypt_key else _named(body, agreed)


def _opened(request: HttpRequest, body: bytes, agreed: Agreed) -> bytes:
    stamp, nonce, given = (request.headers.get(f"X-Lark-{name}", "") for name in PROOF)
    if not given:
        return _question(body, agreed)
    expected = signature(agreed.encrypt_key, stamp, nonce, body)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise InputRefused(reason="signature_wrong")
    try:
        return decrypt(text_of(readable(body) or {}, "encrypt"), agreed.encrypt_key)
    except NotDecryptable:
        return body


PROOF: Final = ("Request-Timestamp", "Request-Nonce", "Signature")


def _question(body: bytes, agreed: Agreed) -> bytes:
    """Of all calls only the console's question comes without a signature; it must know the token."""
    try:
        opened = decrypt(text_of(readable(body) or {}, "encrypt"), agreed.encrypt_key)
    except NotDecryptable as error:
        raise InputRefused(reason="signature_missing") from error
    document = readable(opened) or {}
    if text_of(document, "type") != CHALLENGE or not _knows_token(document, agreed):
        raise InputRefused(reason="signature_missing")
    return opened


def _named(body: bytes, agreed: Agreed) -> bytes:
    document = readable(body) or {}
    if "encrypt" in document:
        raise InputRefused(reason="encrypted_without_key")
    if not _knows_token(document, agreed):
        raise InputRefused(reason="token_wrong")
    return body


def _knows_token(document: Document, agreed: Agreed) -> bool:
    given = text_of(part_of(document, "header"), "token") or text_of(document, "token")
    return bool(agreed.verification_token) and hmac.compare_digest(
        given.encode("utf-8", "replace"), agreed.verification_token.encode()
    )


# --- Items --------------------------------------------------------------------------------------------------------


def _items(document: Document, body: bytes) -> tuple[VerifiedInput, ...]:
    event = part_of(document, "event")
    if event_type(document) == READ:
        return _read(document, event, body)
    message = part_of(event, "message")
    message_id = text_of(message, "message_id") or text_of(event, "open_message_id")
    is_message = event_type(document) in (RECEIVED, FIRST_EDITION)
    known_by = external_id(message_id) if message_id and is_message else _event_id(document, body)
    return (VerifiedInput(external_id=known_by, order_by=sender_of(event), payload=body),)


def _read(document: Document, event: Document, body: bytes) -> tuple[VerifiedInput, ...]:
    """One item a message that was read."""
    listed = event.get("message_id_list")
    ids = [str(one) for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    known_by = _event_id(document, body)
    items = [
        VerifiedInput(f"{known_by}:{message_id}", order_by="", payload=body, envelope={"read": message_id})
        for message_id in dict.fromkeys(ids[:MOST_READ])
    ]
    return tuple(items) or (VerifiedInput(known_by, order_by="", payload=body),)


def _event_id(document: Document, body: bytes) -> str:
    event_id = text_of(part_of(document, "header"), "event_id") or text_of(document, "uuid")
    return f"event:{event_id}" if event_id else id_of_bytes(body)


def sender_of(event: Document) -> str:
    """Whose doing it is, by the id that the app knows them under."""
    for names in (("sender", "sender_id"), ("operator_id",), ("user_id",), ("reader", "reader_id")):
        if open_id := text_of(part_of(event, *names), "open_id"):
            return open_id
    return text_of(event, "open_id")
