"""A call of the platform: its headers prove that it comes from somebody who knows the secret, and hold a time.

The body is not signed: whoever learns the headers of one call can send anything for an hour. Where that matters, the Stream mode
has no address to call at all. Source: open.dingtalk.com, isvapp/receive-message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from apps.channels.connectors.bots.reading import id_of_bytes, readable, unread
from apps.channels.connectors.documents import MAX_BYTES, Document, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of
from apps.core.clock import now

if TYPE_CHECKING:
    from django.http import HttpRequest

FRESH: Final = timedelta(hours=1)
_MILLISECONDS: Final = re.compile(r"[0-9]{13}", re.ASCII)


def verify(request: HttpRequest, app_secret: str) -> tuple[VerifiedInput, ...]:
    if not app_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    stamp, given = (request.headers.get(name, "") for name in ("timestamp", "sign"))
    if not hmac.compare_digest(given.encode("utf-8", "replace"), signature(app_secret, stamp).encode()):
        raise InputRefused(reason="signature_wrong" if given else "signature_missing")
    if not is_fresh(stamp):
        raise InputRefused(reason="signature_stale")
    return (item(body_of(request, MAX_BYTES)),)


def signature(app_secret: str, timestamp: str) -> str:
    signed = f"{timestamp}\n{app_secret}".encode("utf-8", "replace")
    return base64.b64encode(hmac.new(app_secret.encode(), signed, hashlib.sha256).digest()).decode()


def is_fresh(timestamp: str) -> bool:
    if not _MILLISECONDS.fullmatch(timestamp):
        return False
    return abs(now().timestamp() - int(timestamp) / 1000) <= FRESH.total_seconds()


def item(body: bytes) -> VerifiedInput:
    """A message to the robot, the same by both ways of arriving."""
    document = readable(body)
    if document is None:
        return unread(body)
    message_id = text_of(document, "msgId")
    known_by = external_id(message_id) if message_id else id_of_bytes(body)
    return VerifiedInput(external_id=known_by, order_by=sender_of(document), payload=body)


def external_id(message_id: str) -> str:
    return f"message:{message_id}"


def sender_of(document: Document) -> str:
    """The id within the company; people from outside have one of the app only."""
    return text_of(document, "senderStaffId") or text_of(document, "senderId")
