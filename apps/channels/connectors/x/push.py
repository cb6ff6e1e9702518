"""Calls of the platform: its regular question whether the address is ours, and events, proved over the raw body.

The signature holds no time, so a captured call stays genuine for ever; each message is known by its id in the signed body.
Source: docs.x.com, webhooks (quickstart, challenge-response check) and the X Activity API.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, part_of, rows_of, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

SIGNATURE_HEADER: Final = "X-Twitter-Webhooks-Signature"
MESSAGES: Final = "direct_message_events"

_CRC: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}", re.ASCII)
"""The answer to the question is made like the signature of an event. Were anything signed, whoever asks for a piece of JSON
would get the signature for a forged event. So only words are signed, and only an object is an event.
"""


def verify(request: HttpRequest, consumer_secret: str) -> tuple[VerifiedInput, ...]:
    if not consumer_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    if request.method == "GET":
        if not _CRC.fullmatch(request.GET.get("crc_token", "")):
            raise InputRefused(reason="question_malformed")
        return ()
    body = body_of(request, documents.MAX_BYTES)
    given = request.headers.get(SIGNATURE_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), signature(consumer_secret, body).encode()):
        raise InputRefused(reason="signature_wrong")
    return _items(body)


def answer(request: HttpRequest, consumer_secret: str) -> HttpResponse:
    if request.method != "GET":
        return HttpResponse(status=200)
    return JsonResponse({"response_token": signature(consumer_secret, request.GET["crc_token"].encode())})


def signature(consumer_secret: str, signed: bytes) -> str:
    digest = hmac.new(consumer_secret.encode(), signed, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


def content_of(document: Document) -> Document:
    """What an event holds: under `data` at the newer interface, at the top of the older one."""
    return part_of(document, "data", "payload") or document


def _items(body: bytes) -> tuple[VerifiedInput, ...]:
    """One a message. What is no object is refused: anybody may have asked for its signature."""
    try:
        document = documents.read(body)
    except NotADocument as error:
        raise InputRefused(reason="no_object") from error
    messages = rows_of(content_of(document), MESSAGES)
    if not messages:
        event_id = text_of(part_of(document, "data"), "event_uuid")
        known_by = f"event:{event_id}" if event_id else _id_of(body)
        return (VerifiedInput(external_id=known_by, order_by=known_by, payload=body),)
    return tuple(_item(document, message, body if len(messages) == 1 else None) for message in messages)


def _item(document: Document, message: Document, body: bytes | None) -> VerifiedInput:
    payload = body or json.dumps(_with_only(document, message), ensure_ascii=False).encode("utf-8", "replace")
    message_id, created = text_of(message, "id"), part_of(message, "message_create")
    people = sorted((text_of(created, "sender_id"), text_of(part_of(created, "target"), "recipient_id")))
    return VerifiedInput(
        external_id=f"message:{message_id}" if message_id else _id_of(payload),
        order_by=":".join(people),
        payload=payload,
    )


def _with_only(document: Document, message: Document) -> Document:
    content = {**content_of(document), MESSAGES: [message]}
    if not part_of(document, "data", "payload"):
        return content
    return {**document, "data": {**part_of(document, "data"), "payload": content}}


def _id_of(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
