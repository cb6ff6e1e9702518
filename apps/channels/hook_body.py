"""The raw body of a platform's call, bounded whether or not its length is told beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig

from apps.channels.errors import InputTooLarge

if TYPE_CHECKING:
    from django.http import HttpRequest


MAX_DIGITS = 12


def body_of(request: HttpRequest, limit: int) -> bytes:
    """Raises InputTooLarge above `limit` bytes, before reading them where the length is told."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or len(length) > MAX_DIGITS or int(length) > limit:
        raise InputTooLarge
    try:
        body = request.body
    except RequestDataTooBig as error:  # sent in chunks, and more than any request may hold
        raise InputTooLarge from error
    if len(body) > limit:
        raise InputTooLarge
    return body
