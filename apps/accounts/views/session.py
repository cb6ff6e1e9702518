"""Signing in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts.forms import SignInForm
from apps.accounts.middleware import actor_of
from apps.accounts.put_out import words_of_ending
from apps.accounts.selectors.providers import active_providers, offered_providers
from apps.accounts.services.looking import end_look
from apps.accounts.services.signing_in import check_credentials
from apps.accounts.sessions import row_of
from apps.accounts.views.entering import go_on, safe_next
from apps.core import audit
from apps.core.errors import TooMany


class SignInView(View):
    template_name = "accounts/sign_in.html"

    @method_decorator(sensitive_post_parameters("password"))
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        add_never_cache_headers(response)
        return response

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(safe_next(request, settings.LOGIN_REDIRECT_URL))
        return self._page(request, SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            user = check_credentials(request, **form.cleaned_data, by=actor_of(request))
        except TooMany as refusal:
            form.add_error(None, refusal.detail())
            response = self._page(request, form, status=refusal.status)
            response["Retry-After"] = str(refusal.retry_after)
            return response
        if user is None:
            form.add_error(None, _("The user name or the password is not right."))
            return self._page(request, form, status=422)
        if settings.DEMO and user.username in settings.DEMO_SIGN_INS:
            # The demo's people speak what its visitor reads.
            user.language = get_language() or settings.LANGUAGE_CODE
            user.save(update_fields=["language"])
        return go_on(request, user, safe_next(request, settings.LOGIN_REDIRECT_URL))

    def _page(self, request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "next": safe_next(request, settings.LOGIN_REDIRECT_URL),
            "providers": offered_providers(request.GET.get("at", "")[:50]),
            "left": active_providers().filter(key=request.GET.get("left", "")[:50]).first(),
            "put_out": _put_out(request),
        }
        return render(request, self.template_name, context, status=status)


def _put_out(request: HttpRequest) -> str:
    """Why, where this browser's session is of somebody who may no longer sign in. It tells nobody who that is."""
    if not request.user.is_anonymous or SESSION_KEY not in request.session:
        return ""
    return words_of_ending(request.session[SESSION_KEY])


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, and has the browser forget what it kept of it."""
    actor, row = actor_of(request), row_of(request.session)
    if actor.user is not None:
        end_look(store=request.session, by=actor)
        audit.record("sign_out", by=actor, subject=actor.behind or actor.user)
    provider = row.identity.provider if row is not None and row.identity is not None else None
    logout(request)
    target = resolve_url(settings.LOGOUT_REDIRECT_URL)
    # Whether to sign out there too is asked on our own page: browsers send forms to nobody but us.
    response = HttpResponseRedirect(f"{target}?left={provider.key}" if provider is not None else target)
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    add_never_cache_headers(response)
    return response
