"""A call of the platform: proved genuine over what it signs, and one item.

The signature covers the app secret, a time and a random word, not the body: whoever learns one address with its signature
can send anything until its time is up. Messages have no id.
Source: open.weibo.com/wiki, message push service and Receive_General_Message (2014).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from apps.channels.connectors.wechat import crypto, wire
from apps.channels.connectors.wechat.wire import Document, NotADocument, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

_MILLISECONDS: Final = re.compile(r"[0-9]{13}")
IDENTIFYING: Final = ("sender_id", "receiver_id", "created_at", "type", "text", "data")
"""The platform recommends sender and second; two different messages of one second are kept apart by what they say."""


def verify(request: HttpRequest, app_secret: str) -> tuple[VerifiedInput, ...]:
    if not app_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    _require_proof(request, app_secret)
    return () if request.method == "GET" else (_item(body_of(request, wire.MAX_BYTES)),)


def answer(request: HttpRequest) -> HttpResponse:
    """The handshake wants its word back; an empty answer to a push means that it arrived and nothing is said at once."""
    word = request.GET.get("echostr", "") if request.method == "GET" else ""
    return HttpResponse(word, content_type="text/plain; charset=utf-8")


def data_of(document: Document) -> dict[str, Any]:
    """An object, or the same as text."""
    data = document.get("data")
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            data = None
    return data if isinstance(data, dict) else {}


def is_fresh(timestamp: str) -> bool:
    """The published sample is in milliseconds, so that both are taken."""
    return crypto.is_fresh(timestamp[:10] if _MILLISECONDS.fullmatch(timestamp) else timestamp)


def _require_proof(request: HttpRequest, app_secret: str) -> None:
    given, timestamp, nonce = (request.GET.get(key, "") for key in ("signature", "timestamp", "nonce"))
    if not crypto.is_signed(given, app_secret, timestamp, nonce):
        raise InputRefused(reason="signature_wrong" if given else "signature_missing")
    if not is_fresh(timestamp):
        raise InputRefused(reason="signature_stale")


def _item(body: bytes) -> VerifiedInput:
    """What cannot be read is kept as well, to be parked with the reason and repaired."""
    try:
        document = wire.read(body)
    except NotADocument:
        return VerifiedInput(external_id=_id_of(body), order_by="", payload=body)
    known_by = json.dumps([document.get(name) for name in IDENTIFYING], sort_keys=True).encode()
    is_named = text_of(document, "sender_id") and text_of(document, "created_at")
    return VerifiedInput(
        external_id=_id_of(known_by if is_named else body), order_by=text_of(document, "sender_id"), payload=body
    )


def _id_of(content: bytes) -> str:
    return f"content:{hashlib.sha256(content).hexdigest()}"
