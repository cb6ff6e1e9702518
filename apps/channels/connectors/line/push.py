"""A call of the platform: signed over its raw body, any number of events.

Source: developers.line.biz, verify-webhook-signature; line/line-openapi, webhook.yml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apps.channels.connectors.bots import proof, reading
from apps.channels.connectors.documents import Document, part_of, rows_of, text_of
from apps.channels.contract import VerifiedInput

if TYPE_CHECKING:
    from django.http import HttpRequest

SIGNATURE_HEADER: Final = "X-Line-Signature"


def verify(request: HttpRequest, channel_secret: str) -> tuple[VerifiedInput, ...]:
    """A call without events is the console's question whether we are there."""
    body = proof.pushed(request, channel_secret)
    proof.require_equal(request.headers.get(SIGNATURE_HEADER, ""), proof.base64_signature(channel_secret, body))
    call = reading.readable(body)
    if call is None or not isinstance(call.get("events"), list):
        return (reading.unread(body),)
    return tuple(_item(call, event) for event in rows_of(call, "events"))


def external_id(event: Document) -> str:
    """A message by its own id, so that an answer finds it again; all others by that of the event."""
    message = text_of(part_of(event, "message"), "id")
    if text_of(event, "type") == "message" and message:
        return f"message:{message}"
    return text_of(event, "webhookEventId") or reading.id_of_bytes(reading.packed(event))


def _item(call: Document, event: Document) -> VerifiedInput:
    source = part_of(event, "source")
    order = next((text_of(source, name) for name in ("groupId", "roomId", "userId") if text_of(source, name)), "")
    return VerifiedInput(external_id(event), order, reading.packed({**call, "events": [event]}))
