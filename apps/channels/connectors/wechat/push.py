"""A call of the platform: proved genuine over what it signs, opened where it is encrypted, split from nothing.

In plain mode the signature covers only token, time and nonce, not the body: whoever learns one address with its
signature can send anything for ten minutes. That is why the encrypted mode is the default.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

from apps.channels.connectors.wechat import crypto, wire
from apps.channels.connectors.wechat.wire import Document, NotADocument, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

AES: Final = "aes"
PLAIN: Final = "plain"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with the platform in its console."""

    receiver: str
    token: str
    aes_key: str
    mode: str


def verify(request: HttpRequest, agreed: Agreed) -> tuple[VerifiedInput, ...]:
    if not agreed.token:
        raise InputRefused(reason="no_token_configured")  # an empty secret proves nothing
    if request.method == "GET":
        require_proof(request, agreed, "signature")
        return ()
    body = body_of(request, wire.MAX_BYTES)
    if agreed.mode != AES:
        require_proof(request, agreed, "signature")
        return (_item(body),)
    encrypted = _encrypted(body)
    require_proof(request, agreed, "msg_signature", encrypted)
    return (_opened_item(body, encrypted, agreed),)


def answer(request: HttpRequest) -> HttpResponse:
    """The handshake wants its word back; a push wants to hear that it arrived."""
    if request.method == "GET":
        return HttpResponse(request.GET.get("echostr", ""), content_type="text/plain; charset=utf-8")
    return HttpResponse("success", content_type="text/plain; charset=utf-8")


def open_document(payload: bytes, agreed: Agreed) -> Document:
    """The document of a stored call. One that could not be opened when it came is tried with the key of today.

    Raises NotADocument or NotDecryptable.
    """
    document = wire.read(payload)
    encrypted = text_of(document, "Encrypt")
    if not encrypted or text_of(document, "MsgType"):
        return document
    return wire.read(open_encrypted(encrypted, agreed))


def require_proof(request: HttpRequest, agreed: Agreed, name: str, *more: str) -> None:
    given, timestamp, nonce = (request.GET.get(key, "") for key in (name, "timestamp", "nonce"))
    if not given:
        raise InputRefused(reason="signature_missing")
    if not crypto.is_signed(given, agreed.token, timestamp, nonce, *more):
        raise InputRefused(reason="signature_wrong")
    if not crypto.is_fresh(timestamp):
        raise InputRefused(reason="signature_stale")


def _encrypted(body: bytes) -> str:
    try:
        encrypted = text_of(wire.read(body), "Encrypt")
    except NotADocument:
        encrypted = ""
    if not encrypted:
        raise InputRefused(reason="not_encrypted")
    return encrypted


def _opened_item(body: bytes, encrypted: str, agreed: Agreed) -> VerifiedInput:
    """What is genuine and cannot be opened is kept closed: with the right key it is read after all."""
    try:
        return _item(open_encrypted(encrypted, agreed))
    except crypto.NotDecryptable:
        return VerifiedInput(external_id=_id_of_bytes(encrypted.encode()), order_by="", payload=body)


def open_encrypted(encrypted: str, agreed: Agreed) -> bytes:
    opened = crypto.decrypt(encrypted, agreed.aes_key)
    if opened.receiver != agreed.receiver:
        raise crypto.NotDecryptable("it was meant for another account")
    return opened.message


def _item(message: bytes) -> VerifiedInput:
    """What cannot be read is kept as well, to be parked with the reason and repaired."""
    try:
        document = wire.read(message)
    except NotADocument:
        return VerifiedInput(external_id=_id_of_bytes(message), order_by="", payload=message)
    sender = text_of(document, "FromUserName")
    return VerifiedInput(external_id=_id_of(document, message), order_by=sender, payload=message)


def _id_of(document: Document, message: bytes) -> str:
    """Messages by their id; events have none, and are the same when sender, second, event and its key are."""
    message_id = text_of(document, "MsgId")
    if message_id:
        return f"message:{message_id}"
    sender, created = text_of(document, "FromUserName"), text_of(document, "CreateTime")
    event = text_of(document, "Event").lower()
    if sender and created and event:
        return f"event:{sender}:{created}:{event}:{text_of(document, 'EventKey')}"
    return _id_of_bytes(message)


def _id_of_bytes(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
