"""Where whoever only looks is refused everything else. Apart from the other middlewares: those are read by the API's own
parts, which this one needs.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.errors import LookOver, NotWhileLooking, OnlyLooking
from apps.accounts.middleware import SAFE_METHODS, actor_of
from apps.accounts.services.looking import end_look
from apps.accounts.sessions import row_of
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.htmx import is_htmx
from apps.core.middleware import answer_error

ALWAYS_OPEN: Final = frozenset({"accounts:look-end", "accounts:sign-out", "accounts:time-left"})
CLOSED_TO_LOOKS: Final = frozenset({"admin", "accounts"})


class LookMiddleware(MiddlewareMixin):
    """Who only looks changes nothing, and sees the desk alone. After HtmxMiddleware, before any view."""

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> HttpResponse | None:
        actor = actor_of(request)
        if actor.behind is None and _points_to_look(request):
            return _come_back(request, actor)
        refusal = _refusal(request, actor) if actor.reads_only else None
        return None if refusal is None else answer_error(request, refusal)


def _refusal(request: HttpRequest, actor: Actor) -> AppError | None:
    match = request.resolver_match
    if match is None or match.view_name in ALWAYS_OPEN:
        return None
    if actor.behind is not None and match.namespace in CLOSED_TO_LOOKS:
        return NotWhileLooking()
    is_own_account = actor.behind is None and match.namespace == "accounts"
    return None if is_own_account or request.method in SAFE_METHODS else OnlyLooking()


def _points_to_look(request: HttpRequest) -> bool:
    row = row_of(request.session) if hasattr(request, "session") else None
    return row is not None and row.look_id is not None


def _come_back(request: HttpRequest, actor: Actor) -> HttpResponse | None:
    """The look is over, and the page that asks may still be one that was seen with the other eyes."""
    end_look(store=request.session, by=actor)
    if request.method not in SAFE_METHODS:
        return answer_error(request, LookOver())
    return HttpResponseClientRefresh() if is_htmx(request) else None
