"""Before a dangerous action: whoever sits there proves once more who they are, when the last proof was a while ago.

A session that was left open, or whose cookie was taken, so opens no tokens, no permissions and no second factor.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator

from apps.accounts.sessions import row_of
from apps.core import clock
from apps.core.htmx import redirect

P = ParamSpec("P")
PROVEN: Final = "proven"


def was_proven_lately(request: HttpRequest, within: timedelta | None = None) -> bool:
    """Signing in is a proof too. `within` asks for a fresher one than the installation does."""
    row = row_of(request.session)
    moments = [row.began] if row is not None else []
    if kept := request.session.get(PROVEN):
        moments.append(datetime.fromisoformat(kept))
    allowed = timedelta(minutes=settings.PROOF_MINUTES)
    return bool(moments) and clock.now() - max(moments) < min(allowed, within or allowed)


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """What was being sent is not done: it is the person, not the browser, who decides it once more."""
    back = request.get_full_path() if request.method == "GET" else _page_before(request)
    return redirect(request, f"{reverse('accounts:proof')}?{urlencode({'next': back})}")


def _page_before(request: HttpRequest) -> str:
    origin = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("referer", "").removeprefix(origin)


def proven_lately(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """For dangerous views. Who is not signed in is left to the view."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated and not was_proven_lately(request):
            return ask_for_proof(request)
        return view(request, *args, **kwargs)

    return guarded


class ProvenAdmin:
    """For pages of the administration that hand out access: forms and actions, not lists."""

    @method_decorator(proven_lately)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # of the admin that stands beside it

    @method_decorator(proven_lately)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]  # of the admin that stands beside it

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and not was_proven_lately(request):
            return ask_for_proof(request)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]  # of the admin that stands beside it
