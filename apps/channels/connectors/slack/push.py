"""A call of the platform: proved genuine over its raw body and the time in its header, and one item.

Source: docs.slack.dev, verifying requests from Slack; Events API. Events come as JSON, what people click or type as a command
as a form.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Final
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, part_of, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

SIGNATURE_HEADER: Final = "X-Slack-Signature"
TIME_HEADER: Final = "X-Slack-Request-Timestamp"
TOLERANCE_SECONDS: Final = 300
MAX_FIELDS: Final = 50


def verify(request: HttpRequest, signing_secret: str) -> tuple[VerifiedInput, ...]:
    if not signing_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    body = body_of(request, documents.MAX_BYTES)
    timestamp = request.headers.get(TIME_HEADER, "")
    if not is_signed(request.headers.get(SIGNATURE_HEADER, ""), signing_secret, timestamp, body):
        raise InputRefused(reason="signature_wrong")
    if not is_fresh(timestamp):
        raise InputRefused(reason="signature_stale")
    return () if _challenge(body) is not None else (_item(body),)


def answer(request: HttpRequest) -> HttpResponse:
    """The console's question wants its word back; anything else a 200."""
    challenge = _challenge(request.body)
    return HttpResponse(status=200) if challenge is None else JsonResponse({"challenge": challenge})


def is_signed(given: str, signing_secret: str, timestamp: str, body: bytes) -> bool:
    signed = b"v0:" + timestamp.encode("utf-8", "replace") + b":" + body
    expected = "v0=" + hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def is_fresh(timestamp: str) -> bool:
    known = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11
    return known and abs(time.time() - int(timestamp)) <= TOLERANCE_SECONDS


def read(body: bytes) -> Document:
    """JSON, a command's form, or JSON in the field `payload` of a form. Raises NotADocument."""
    if body.lstrip()[:1] == b"{":
        return documents.read(body)
    try:
        form: Document = dict(parse_qsl(body.decode(), max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise NotADocument("it is neither JSON nor a form") from error
    if not form:
        raise NotADocument("it is neither JSON nor a form")
    return documents.read(form["payload"].encode()) if "payload" in form else form


def thread_of(event: Document) -> str:
    """What holds a conversation together: the channel, and in the channel the thread. A first message begins one."""
    message = part_of(event, "message") or part_of(event, "previous_message") or event
    channel = text_of(event, "channel")
    if is_direct(event):
        return channel
    return f"{channel}:{text_of(message, 'thread_ts') or text_of(message, 'ts')}"


def is_direct(event: Document) -> bool:
    """With the app alone or in a small group; mentions come without saying what kind of channel it is."""
    kind = text_of(event, "channel_type")
    return kind in ("im", "mpim") or (not kind and text_of(event, "channel").startswith("D"))


def message_id(channel: str, ts: str) -> str:
    return f"message:{channel}:{ts}"


def _challenge(body: bytes) -> str | None:
    try:
        document = documents.read(body)
    except NotADocument:
        return None
    return text_of(document, "challenge") if document.get("type") == "url_verification" else None


def _item(body: bytes) -> VerifiedInput:
    """What cannot be read is kept as well, to be parked with the reason and repaired."""
    try:
        document = read(body)
    except NotADocument:
        return VerifiedInput(external_id=_id_of(body), order_by="", payload=body)
    event = part_of(document, "event")
    return VerifiedInput(
        external_id=_known_by(document, event) or _id_of(body),
        order_by=thread_of(event) if event else text_of(document, "channel_id"),
        payload=body,
    )


def _known_by(document: Document, event: Document) -> str:
    """A message in a channel that names the app comes twice, as a message and as a mention: it is one by its time."""
    is_message = text_of(event, "type") in ("message", "app_mention") and not _is_about_another(event)
    if is_message and text_of(event, "ts"):
        return message_id(text_of(event, "channel"), text_of(event, "ts"))
    if event_id := text_of(document, "event_id"):
        return f"event:{event_id}"
    trigger = text_of(document, "trigger_id")
    return f"command:{trigger}" if trigger else ""


def _is_about_another(event: Document) -> bool:
    return text_of(event, "subtype") in ("message_changed", "message_deleted")


def _id_of(content: bytes) -> str:
    return f"bytes:{hashlib.sha256(content).hexdigest()}"
