"""Pages in the hall and on visitors' phones: kiosk, slip, display. No cookie gives any right here.

What one may do lies in the address: a kiosk's key draws numbers, a slip's token shows its own number and gives it
back, and a display shows numbers and windows to everybody. So no form needs a CSRF token, and a kiosk that was cut off
for hours still sends what it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import throttle
from apps.core.errors import AppError, InvalidInput
from apps.core.htmx import is_htmx
from apps.core.languages import public_language
from apps.counter.enums import Reason
from apps.counter.errors import ServiceNotOffered
from apps.counter.forms import DrawingForm
from apps.counter.models import Branch, Visit
from apps.counter.selectors.public import (
    board_of,
    branch_of_display,
    branch_of_kiosk,
    opens_at,
    service_buttons,
    slip_of,
    visit_of_slip,
)
from apps.counter.services.leaving import VISITOR, leave
from apps.counter.services.numbers import drawn_before, issue_number
from apps.counter.tokens import token_of

DRAWINGS_A_MINUTE = 60
KIOSK_COOKIE = "kiosk"

View = Callable[..., HttpResponse]


def in_the_language_of_the_branch(find: Callable[[str], Any]) -> Callable[[View], View]:
    """Finds what the address names, and speaks the visitor's language or else the branch's."""

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, key: str) -> HttpResponse:
            found = find(key)
            branch = found.branch if isinstance(found, Visit) else found
            with translation.override(public_language(request, branch.channel.default_language)):
                return view(request, found)

        return run

    return decorate


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@in_the_language_of_the_branch(branch_of_kiosk)
def kiosk(request: HttpRequest, branch: Branch) -> HttpResponse:
    if request.method != "POST":
        return _kiosk(request, branch)
    try:
        visit = _draw(request, branch)
    except AppError as error:
        return _kiosk(request, branch, status=error.status, trouble=error.told())
    query = _query(translation.get_language() or "")
    response = HttpResponseRedirect(f"{reverse('counter:slip', args=[token_of(visit)])}{query}")
    response.set_cookie(
        KIOSK_COOKIE, branch.kiosk_key, path="/q/", secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return response


def _kiosk(request: HttpRequest, branch: Branch, status: int = 200, trouble: str = "") -> HttpResponse:
    context = {
        **_around(request, branch),
        "services": service_buttons(branch),
        "reasons": Reason.choices,
        "client_id": uuid4().hex,
        "opens_at": opens_at(branch),
        "trouble": trouble,
    }
    return render(request, "counter/kiosk.html", context, status=status)


def _draw(request: HttpRequest, branch: Branch) -> Visit:
    form = DrawingForm(request.POST)
    if not form.is_valid():
        raise InvalidInput
    drawing = form.cleaned_data
    client_id = drawing["client_id"]
    if (before := drawn_before(branch, client_id)) is not None:
        return before
    throttle.hit(f"counter.kiosk:{branch.pk}", limit=DRAWINGS_A_MINUTE, per=timedelta(minutes=1))
    service = branch.services.active().filter(key=drawing["service"]).first()
    if service is None:
        raise ServiceNotOffered
    return issue_number(
        branch=branch,
        service=service,
        by=VISITOR,
        client_id=client_id,
        reason=drawing["reason"],
        language=translation.get_language() or "",
        drawn_at=_moment(drawing["drawn_at"]),
    )


def _moment(text: str) -> datetime | None:
    """When a kiosk says that it drew; anything unreadable is not said."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


@require_safe
@in_the_language_of_the_branch(visit_of_slip)
def slip(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What the kiosk prints: the number, and the way to follow it on a phone."""
    address = reverse("counter:visitor", args=[token_of(visit)])
    context = {
        **_around(request, visit.branch),
        "slip": slip_of(visit),
        "address": address,
        "code": _code(f"{settings.SITE_URL}{address}"),
        "kiosk_url": reverse("counter:kiosk", args=[visit.branch.kiosk_key])
        if _is_kiosk(request, visit.branch)
        else "",
    }
    fragment = "#slip" if is_htmx(request) else ""
    return render(request, f"counter/slip.html{fragment}", context)


def _is_kiosk(request: HttpRequest, branch: Branch) -> bool:
    """Whoever drew at the kiosk brings its key. Only there does the way back belong, for its address draws numbers."""
    return constant_time_compare(request.COOKIES.get(KIOSK_COOKIE, ""), branch.kiosk_key)


def _code(address: str) -> SafeString:
    """A QR code as a picture in the page; its markup is made of modules alone."""
    return mark_safe(segno.make(address, error="m").svg_inline(border=2, omitsize=True))


@require_safe
@in_the_language_of_the_branch(visit_of_slip)
def visitor(request: HttpRequest, visit: Visit) -> HttpResponse:
    context = {
        **_around(request, visit.branch),
        "slip": slip_of(visit),
        "leave_url": reverse("counter:visitor-leaving", args=[token_of(visit)]),
    }
    fragment = "#place" if is_htmx(request) else ""
    return render(request, f"counter/visitor.html{fragment}", context)


@csrf_exempt
@require_POST
@in_the_language_of_the_branch(visit_of_slip)
def visitor_leaving(request: HttpRequest, visit: Visit) -> HttpResponse:
    leave(visit=visit)
    query = _query(translation.get_language() or "")
    return HttpResponseRedirect(f"{reverse('counter:visitor', args=[token_of(visit)])}{query}")


@require_safe
@in_the_language_of_the_branch(branch_of_display)
def display(request: HttpRequest, branch: Branch) -> HttpResponse:
    context = {**_around(request, branch), "board": board_of(branch)}
    fragment = "#board" if is_htmx(request) else ""
    return render(request, f"counter/display.html{fragment}", context)


def _around(request: HttpRequest, branch: Branch) -> dict[str, Any]:
    language = translation.get_language()
    others = [(code, name, _query(code)) for code, name in settings.LANGUAGES if code != language]
    return {
        "branch": branch,
        "brand": branch.channel.brand,
        "query": _query(language or ""),
        "languages": others,
        "path": request.path,
    }


def _query(language: str) -> str:
    return f"?{urlencode({'lang': language})}"
