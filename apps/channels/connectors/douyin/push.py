"""A call of the platform: proved genuine over its raw body, and one item.

The signature holds no time, so a captured call stays genuine for ever. What makes it harmless is that a message is known
by its id in the signed body, not by the header `Msg-Id`, which anybody could change.
Source: developer.open-douyin.com, Webhooks (overview); the sample of its signature in the tests is our own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.channels.connectors.wechat import wire
from apps.channels.connectors.wechat.wire import Document, NotADocument, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

SIGNATURE_HEADER: Final = "X-Douyin-Signature"
ID_HEADER: Final = "Msg-Id"

CHALLENGE: Final = "verify_webhook"
RECEIVED: Final = "im_receive_msg"
SENT: Final = "im_send_msg"


def verify(request: HttpRequest, client_secret: str) -> tuple[VerifiedInput, ...]:
    if not client_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    body = body_of(request, wire.MAX_BYTES)
    if not is_signed(request.headers.get(SIGNATURE_HEADER, ""), client_secret, body):
        raise InputRefused(reason="signature_wrong")
    document = _document_of(body)
    if document is not None and text_of(document, "event") == CHALLENGE:
        return ()
    return (_item(document, body, request.headers.get(ID_HEADER, "")),)


def answer(request: HttpRequest) -> HttpResponse:
    """The console's question wants its number back; a push wants a 200."""
    document = _document_of(request.body)
    if document is None or text_of(document, "event") != CHALLENGE:
        return HttpResponse(status=200)
    return JsonResponse({"challenge": content_of(document).get("challenge")})


def is_signed(given: str, client_secret: str, body: bytes) -> bool:
    """SHA-1 over the secret followed by the body; a plain hash, no HMAC."""
    expected = hashlib.sha1(client_secret.encode() + body).hexdigest()  # noqa: S324 (the platform's choice)
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def content_of(document: Document) -> dict[str, Any]:
    """An object on some subscriptions, the same as text on others."""
    content = document.get("content")
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            content = None
    return content if isinstance(content, dict) else {}


def external_id(event: str, message_id: str) -> str:
    return f"{event}:{message_id}"


def _document_of(body: bytes) -> Document | None:
    try:
        return wire.read(body)
    except NotADocument:
        return None


def _item(document: Document | None, body: bytes, call_id: str) -> VerifiedInput:
    """What cannot be read is kept as well, to be parked with the reason and repaired."""
    if document is None:
        return VerifiedInput(external_id=_id_of_bytes(body), order_by="", payload=body)
    event, message_id = text_of(document, "event"), text_of(content_of(document), "server_message_id")
    customer = text_of(document, "to_user_id" if event == SENT else "from_user_id")
    known_by = external_id(event, message_id) if event and message_id else ""
    return VerifiedInput(
        external_id=known_by or (f"call:{call_id}" if call_id else _id_of_bytes(body)),
        order_by=customer,
        payload=body,
        envelope={"msg_id": call_id[:200]},
    )


def _id_of_bytes(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
