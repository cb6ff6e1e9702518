"""A call of Meta's platforms: a handshake by GET, then bodies that are signed as they are sent, with any number of items.

The body is signed with its characters escaped, so only the bytes as they came can be proved.
Source: developers.facebook.com, webhooks getting-started and messenger-platform webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse

from apps.channels.connectors.bots import proof
from apps.channels.connectors.documents import Document, rows_of, text_of
from apps.channels.errors import InputRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

SIGNATURE_HEADER: Final = "X-Hub-Signature-256"
PREFIX: Final = "sha256="


def proved_body(request: HttpRequest, *, app_secret: str, verify_token: str) -> bytes | None:
    """None for the handshake, which carries nothing."""
    if request.method == "GET":
        _require_handshake(request, verify_token)
        return None
    body = proof.pushed(request, app_secret)
    proof.require_equal(request.headers.get(SIGNATURE_HEADER, ""), PREFIX + proof.hex_signature(app_secret, body))
    return body


def answer(request: HttpRequest) -> HttpResponse:
    """The handshake wants its word back; a push wants a 200."""
    word = request.GET.get("hub.challenge", "") if request.method == "GET" else ""
    return HttpResponse(word, content_type="text/plain; charset=utf-8")


def _require_handshake(request: HttpRequest, verify_token: str) -> None:
    if not verify_token:
        raise InputRefused(reason="no_secret_configured")
    if request.GET.get("hub.mode") != "subscribe":
        raise InputRefused(reason="not_a_push")
    proof.require_equal(request.GET.get("hub.verify_token", ""), verify_token)


def alone(call: Document, entry: Document, **content: Any) -> Document:
    """A call as the platform would have made it for this one item."""
    kept = {name: value for name, value in entry.items() if not isinstance(value, list)}
    return {**call, "entry": [{**kept, **content}]}


def changes(entry: Document) -> Iterator[tuple[str, Document]]:
    for change in rows_of(entry, "changes"):
        value = change.get("value")
        yield text_of(change, "field"), value if isinstance(value, dict) else {}


def first(rows: list[Document]) -> Document:
    return rows[0] if rows else {}
