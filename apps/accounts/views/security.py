"""One's own sign-in: what proves who one is, and where one is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import TemplateView

from apps.accounts.middleware import actor_of
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.selectors.looks import looks_at
from apps.accounts.selectors.providers import own_providers
from apps.accounts.selectors.sessions import session_id_of, sessions_of
from apps.accounts.services.sessions import end_other_sessions, end_session
from apps.core.htmx import toast_there


class SecurityView(LoginRequiredMixin, TemplateView):
    template_name = "accounts/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = actor_of(self.request).user
        assert user is not None  # noqa: S101 (narrows the type)
        return super().get_context_data(
            factors=factors_of(user),
            providers=own_providers(user),
            is_needed=needs_second_factor(user),
            looks=looks_at(user),
            sessions=sessions_of(user, current=session_id_of(self.request)),
            **kwargs,
        )


@require_POST
@login_required
def end(request: HttpRequest, session_id: str) -> HttpResponse:
    end_session(session_id=session_id, by=actor_of(request))
    toast_there(request, _("Signed out there."))
    return redirect("accounts:security")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    end_other_sessions(but=session_id_of(request), by=actor_of(request))
    toast_there(request, _("Signed out everywhere else."))
    return redirect("accounts:security")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def time_left(request: HttpRequest) -> JsonResponse:
    """How many seconds are left until one is signed out. Asking by GET keeps nobody signed in; POST says: I am here."""
    return JsonResponse({"left": request.session.seconds_left})  # type: ignore[attr-defined]  # of our session store
