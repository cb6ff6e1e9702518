"""What the pages that customers open from a link have in common: their language, and that nobody indexes them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

PARAMETER = "t"


def token_of(request: HttpRequest) -> str:
    return request.GET.get(PARAMETER, "")[:500]


def language_of(request: HttpRequest, default: str = "") -> str:
    """What the link says, else what the browser prefers, else the default."""
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    if asked in known:
        return asked
    if request.headers.get("Accept-Language"):
        preferred = translation.get_language_from_request(request)
        if preferred in known:
            return preferred
    return default if default in known else settings.LANGUAGE_CODE


def public_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, language: str, status: int = 200
) -> HttpResponse:
    """The address is a secret: it goes to no other site, into no index and no cache."""
    others = [(code, name, query_of(request, code)) for code, name in settings.LANGUAGES if code != language]
    context = {**context, "languages": others, "query": query_of(request, language)}
    with translation.override(language):
        response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def query_of(request: HttpRequest, language: str) -> str:
    return "?" + urlencode({PARAMETER: token_of(request), "lang": language})
