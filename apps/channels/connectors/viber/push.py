"""A call of the platform: one event, signed over its raw body with the account's token.

Source: Viber/viber-bot-python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apps.channels.connectors.bots import proof, reading
from apps.channels.connectors.documents import Document, part_of, text_of
from apps.channels.contract import VerifiedInput

if TYPE_CHECKING:
    from django.http import HttpRequest

SIGNATURE_HEADER: Final = "X-Viber-Content-Signature"
MESSAGE: Final = "message"
SET_UP: Final = "webhook"
"""Comes while the address of the channel is being told to the platform, and carries nothing."""


def verify(request: HttpRequest, auth_token: str) -> tuple[VerifiedInput, ...]:
    body = proof.pushed(request, auth_token)
    proof.require_equal(request.headers.get(SIGNATURE_HEADER, ""), proof.hex_signature(auth_token, body))
    call = reading.readable(body)
    if call is None:
        return (reading.unread(body),)
    if text_of(call, "event") == SET_UP:
        return ()
    return (VerifiedInput(external_id(call) or reading.id_of_bytes(body), _order_of(call), body),)


def external_id(call: Document) -> str:
    """Reports carry the number of the message they are about, so it takes all three to tell them apart."""
    event, token = text_of(call, "event"), text_of(call, "message_token")
    if not token:
        return ""
    return token if event == MESSAGE else f"{event}:{token}:{person_of(call)}"


def person_of(call: Document) -> str:
    return text_of(part_of(call, "sender"), "id") or text_of(part_of(call, "user"), "id") or text_of(call, "user_id")


def _order_of(call: Document) -> str:
    is_message = text_of(call, "event") == MESSAGE
    return person_of(call) if is_message else f"report:{text_of(call, 'message_token')}"
