"""Interactions: commands and clicks, which the platform brings by a call. Messages come over the gateway only.

A call is proved by an Ed25519 signature over its time and its raw body. The platform itself tries wrong ones now and then, and
wants 401 for them. Source: discord/discord-api-docs (receiving and responding, webhook events).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, part_of, read, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import ProofRefused
from apps.channels.hook_body import body_of

SIGNATURE_HEADER: Final = "X-Signature-Ed25519"
TIME_HEADER: Final = "X-Signature-Timestamp"

PING, COMMAND, COMPONENT, MODAL = 1, 2, 3, 5
PONG: Final = {"type": 1}
WITHOUT_CHANGE: Final = {"type": 6}
ANSWER: Final = 4
ONLY_FOR_AUTHOR: Final = 1 << 6


def verify(request: HttpRequest, public_key: str) -> tuple[VerifiedInput, ...]:
    body = body_of(request, documents.MAX_BYTES)
    given, timestamp = request.headers.get(SIGNATURE_HEADER, ""), request.headers.get(TIME_HEADER, "")
    if not is_signed(given, public_key, timestamp, body):
        raise ProofRefused(reason="signature_wrong" if public_key else "no_key_configured")
    try:
        document = read(body)
    except NotADocument:
        return (VerifiedInput(external_id=_id_of(body), order_by="", payload=body),)
    if document.get("type") == PING and not _is_event(document):
        return ()
    author = text_of(author_of(document), "id")
    interaction_id = "" if _is_event(document) else text_of(document, "id")
    return (
        VerifiedInput(
            external_id=f"interaction:{interaction_id}" if interaction_id else _id_of(body),
            order_by=f"interaction:{author}",
            payload=body,
        ),
    )


def answer(request: HttpRequest) -> HttpResponse:
    """A command gets a word that only its author sees; the answer of an agent follows as a direct message."""
    try:
        document = read(request.body)
    except NotADocument:
        return HttpResponse(status=204)
    if _is_event(document):
        return HttpResponse(status=204)
    match document.get("type"):
        case 1:
            return JsonResponse(PONG)
        case 2 | 5:
            return JsonResponse(_received(text_of(document, "locale")))
        case 3:
            return JsonResponse(WITHOUT_CHANGE)
    return HttpResponse(status=204)


def is_signed(given: str, public_key: str, timestamp: str, body: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(given), timestamp.encode("utf-8", "replace") + body)
    except (ValueError, InvalidSignature):
        return False
    return True


def author_of(document: Document) -> Document:
    """In a server a member, otherwise a user."""
    return part_of(document, "member", "user") or part_of(document, "user")


def _is_event(document: Document) -> bool:
    """A webhook event, such as that the app was authorised; its question has the type 0."""
    return document.get("type") == 0 or ("event" in document and "token" not in document)


def _received(locale: str) -> dict[str, Any]:
    with translation.override("zh-hans" if locale.startswith("zh") else "en"):
        words = _("Your message has reached us. We answer you by direct message.")
    return {"type": ANSWER, "data": {"content": words, "flags": ONLY_FOR_AUTHOR}}


def _id_of(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
