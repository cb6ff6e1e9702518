"""Signing in, proving oneself once more, and signing out through a provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.errors import NotConnected, SignOnRefused, StillNeeded
from apps.accounts.middleware import actor_of
from apps.accounts.models import IdentityProvider
from apps.accounts.oidc import flow
from apps.accounts.oidc.tokens import TokenRefused, read_logout_token
from apps.accounts.proof import proven_lately
from apps.accounts.selectors.providers import active_providers, tied_provider
from apps.accounts.services import single_sign_on
from apps.accounts.services.single_sign_on import NotAdmitted
from apps.accounts.sessions import row_of
from apps.accounts.views.entering import Origin, go_on, safe_next
from apps.accounts.views.proving import keep_proof
from apps.core import audit, clock, throttle
from apps.core.errors import AppError, TooMany
from apps.core.htmx import toast_there

WAITING: Final = "single_sign_on"
PATIENCE: Final = timedelta(minutes=10)
LOGOUTS: Final = (120, timedelta(minutes=1))
ATTEMPTS: Final = (300, timedelta(minutes=10))
"""From one address, behind which a whole office may stand."""
FRESH: Final = 90
"""Seconds that may lie between asking for a fresh sign-in and the moment that the provider tells, clocks being what they are."""


@require_GET
@never_cache
def begin(request: HttpRequest, key: str) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request, "/desk/"))
    return _ask(request, _provider(key), purpose="enter", target=safe_next(request, "/desk/"))


@require_GET
@never_cache
@login_required
def begin_proof(request: HttpRequest, key: str) -> HttpResponse:
    """For who came in through this provider."""
    provider, row = _provider(key), row_of(request.session)
    if row is None or row.identity is None or row.identity.provider_id != provider.pk:
        raise Http404
    return _ask(request, provider, purpose="prove", target=safe_next(request, "accounts:security"))


@require_GET
@never_cache
@login_required
@proven_lately
def begin_connecting(request: HttpRequest, key: str) -> HttpResponse:
    """The provider asks the person itself, so that nobody is tied to an account that the browser happened to be in."""
    actor, provider = actor_of(request), _provider(key)
    if actor.user is None or actor.user.vendor_id != provider.vendor_id:
        raise Http404
    return _ask(request, provider, purpose="connect", target=resolve_url("accounts:security"))


@require_POST
@login_required
@proven_lately
def disconnect(request: HttpRequest, key: str) -> HttpResponse:
    provider, row = tied_provider(actor_of(request).user, key), row_of(request.session)
    if provider is None:
        raise Http404
    keeping = row.session_key if row is not None else ""
    try:
        single_sign_on.disconnect(provider=provider, by=actor_of(request), keeping=keeping)
    except StillNeeded as refusal:
        messages.error(request, refusal.told())
    else:
        toast_there(request, _("Disconnected."))
    return redirect("accounts:security")


@require_GET
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponse:
    provider, kept = _provider(key), request.session.pop(WAITING, None)
    try:
        throttle.hit(f"sso:{actor_of(request).ip}", limit=ATTEMPTS[0], per=ATTEMPTS[1])
        if kept is None or kept["provider"] != provider.pk or _is_late(kept):
            raise TokenRefused("session")
        claims = flow.answer(
            provider, kept=kept, query=request.GET.dict(), redirect_uri=_own(request, provider, "sso-callback")
        )
        if kept["purpose"] == "prove":
            return _prove(request, provider, kept, claims)
        if kept["purpose"] == "connect":
            return _connect(request, provider, kept, claims)
        return _enter(request, provider, kept, claims)
    except (TokenRefused, NotAdmitted) as refusal:
        details = {"provider": provider.key, "reason": str(refusal)[:100]}
        audit.record("sign_in.failed", by=actor_of(request), result="refused", details=details)
        return _refused(request, SignOnRefused(name=str(provider)))
    except AppError as error:
        return _refused(request, error)


@csrf_exempt
@require_POST
@never_cache
def end_sessions(request: HttpRequest, key: str) -> HttpResponse:
    """The provider itself calls, server to server (Back-Channel Logout 1.0, 2.8)."""
    provider = _provider(key)
    try:
        throttle.hit(f"sso-logout:{provider.pk}:{actor_of(request).ip}", limit=LOGOUTS[0], per=LOGOUTS[1])
        subject, session = read_logout_token(provider, request.POST.get("logout_token", ""))
    except TokenRefused as refusal:
        details = {"provider": provider.key, "reason": str(refusal)[:100]}
        audit.record("session.end_refused", by=actor_of(request), result="refused", details=details)
        return HttpResponse(status=400)
    except TooMany as refusal:
        return HttpResponse(status=refusal.status, headers={"Retry-After": str(refusal.retry_after)})
    single_sign_on.end_at_provider(provider=provider, subject=subject, session=session)
    return HttpResponse(status=200)


@require_GET
@never_cache
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """To where one signs out at the provider too. Which session of ours it was is over already."""
    address = flow.leaving(_provider(key), back=request.build_absolute_uri(resolve_url("accounts:sign-in")))
    return HttpResponseRedirect(address or resolve_url("accounts:sign-in"))


def _ask(request: HttpRequest, provider: IdentityProvider, *, purpose: str, target: str) -> HttpResponse:
    try:
        question = flow.ask(provider, redirect_uri=_own(request, provider, "sso-callback"), afresh=purpose != "enter")
    except AppError as error:
        return _refused(request, error)
    request.session[WAITING] = {
        **question.kept,
        "provider": provider.pk,
        "purpose": purpose,
        "target": target,
        "by": request.user.pk,
        "since": clock.now().isoformat(),
    }
    return HttpResponseRedirect(question.address)


def _enter(request: HttpRequest, provider: IdentityProvider, kept: Any, claims: Any) -> HttpResponse:
    identity = single_sign_on.admit(provider=provider, claims=claims, ip=actor_of(request).ip)
    session = claims.get("sid")
    origin = Origin(identity_id=identity.pk, session=session[:255] if isinstance(session, str) else "")
    is_proven = single_sign_on.counts_as_second_factor(provider, identity.user, claims)
    return go_on(request, identity.user, kept["target"], origin=origin, is_proven=is_proven)


def _prove(request: HttpRequest, provider: IdentityProvider, kept: Any, claims: Any) -> HttpResponse:
    """The same person as in the session, asked by the provider since we asked for it."""
    row, moment = row_of(request.session), claims.get("auth_time")
    identity = row.identity if row is not None and request.user.is_authenticated else None
    if identity is None or (identity.issuer, identity.subject) != (provider.issuer, claims["sub"]):
        raise TokenRefused("person")
    asked = datetime.fromisoformat(kept["since"]).timestamp()
    if not isinstance(moment, (int, float)) or moment < asked - FRESH:
        raise TokenRefused("auth_time")
    keep_proof(request)
    return HttpResponseRedirect(kept["target"])


def _connect(request: HttpRequest, provider: IdentityProvider, kept: Any, claims: Any) -> HttpResponse:
    """By the person who asked for it, and nobody who signed in here meanwhile. A refusal changes nothing."""
    actor = actor_of(request)
    if actor.user is None or kept["by"] != actor.user.pk:
        raise TokenRefused("person")
    try:
        single_sign_on.connect(provider=provider, claims=claims, by=actor)
    except NotAdmitted as refusal:
        details = {"provider": provider.key, "reason": str(refusal)}
        audit.record("identity.connect_refused", by=actor, subject=actor.user, result="refused", details=details)
        messages.error(request, NotConnected(name=str(provider)).told())
    else:
        toast_there(request, _("Connected. From now on it opens your account."))
    return HttpResponseRedirect(kept["target"])


def _refused(request: HttpRequest, error: AppError) -> HttpResponse:
    response = render(request, "accounts/sign_on_refused.html", {"text": error.detail()}, status=error.status)
    add_never_cache_headers(response)
    return response


def _provider(key: str) -> IdentityProvider:
    provider = active_providers().select_related("vendor", "default_role").filter(key=key).first()
    if provider is None:
        raise Http404
    return provider


def _own(request: HttpRequest, provider: IdentityProvider, name: str) -> str:
    return request.build_absolute_uri(reverse(f"accounts:{name}", args=[provider.key]))


def _is_late(kept: Any) -> bool:
    return clock.now() - datetime.fromisoformat(kept["since"]) > PATIENCE
