"""The raw body of a platform's call, bounded whether or not its length is told beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.channels.errors import InputTooLarge

if TYPE_CHECKING:
    from django.http import HttpRequest


MAX_DIGITS = 12


def body_of(request: HttpRequest, limit: int) -> bytes:
    """Raises InputTooLarge above `limit` bytes, before reading them where the length is told."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or len(length) > MAX_DIGITS or int(length) > limit:
        raise InputTooLarge
    body = request.body
    if len(body) > limit:  # sent in chunks
        raise InputTooLarge
    return body
