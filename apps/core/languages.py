"""Which language a page without sign-in speaks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def public_language(request: HttpRequest, default: str) -> str:
    """What the link says, else what the browser prefers, else the place's own."""
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    if asked in known:
        return asked
    if request.headers.get("Accept-Language"):
        preferred = translation.get_language_from_request(request)
        if preferred in known:
            return preferred
    return default if default in known else settings.LANGUAGE_CODE
