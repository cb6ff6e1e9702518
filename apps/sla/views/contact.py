"""The page where customers choose how to reach us. Open to everybody; it holds what managers offer and nothing else."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.languages import public_language
from apps.sla.answers import KEPT_SECONDS, options_for
from apps.sla.selectors.contact_options import brand_of


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def contact(request: HttpRequest) -> HttpResponse:
    language = public_language(request, settings.LANGUAGE_CODE)
    with translation.override(language):
        options = [{**option, "code": _code(option)} for option in options_for(request)]
        others = [(code, name) for code, name in settings.LANGUAGES if code != language]
        context: dict[str, Any] = {
            "options": options,
            "brand": brand_of(request.get_host()),
            "languages": others,
            "query": f"?lang={language}",
        }
        return render(request, "sla/contact.html", context)


def _code(option: dict[str, Any]) -> SafeString | None:
    """The link as a picture for a phone's camera, where it leads somewhere on a phone."""
    link: str = option["link"]
    if not link:
        return None
    address = f"{settings.SITE_URL}{link}" if link.startswith("/") else link
    return mark_safe(segno.make(address, error="m").svg_inline(border=2, omitsize=True))
