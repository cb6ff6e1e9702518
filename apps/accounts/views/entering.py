"""From the right password to the session. Between the two nobody is signed in: what is known so far waits in an
anonymous session, so that no page, socket or API has to ask whether somebody is in only by half.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.backends import StaffBackend
from apps.accounts.middleware import actor_of
from apps.accounts.models import User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services.sessions import begin_session, tie_session
from apps.accounts.services.signing_in import record_sign_in
from apps.accounts.webauthn import works_here
from apps.core import clock

BACKEND: Final = "apps.accounts.backends.StaffBackend"
WAITING: Final = "waiting_for_second_factor"
PATIENCE: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which provider vouched for somebody, as whom, and what it calls the session."""

    identity_id: int
    session: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Who typed the right password, or was vouched for, and where they wanted to go."""

    user: User
    target: str
    is_proven: bool
    """What they had as a second factor was right; they wait only to set up a key, which their role asks for."""
    origin: Origin | None


def safe_next(request: HttpRequest, default: str) -> str:
    """Where to go on: an address of this installation that was asked for, or the default."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours and target.isprintable() else resolve_url(default)


def go_on(
    request: HttpRequest, user: User, target: str, *, origin: Origin | None = None, is_proven: bool = False
) -> HttpResponse:
    """After the password or a provider's word: in, to the second factor, or to setting one up.

    `is_proven`: the provider's word counts as both.
    """
    if not is_proven and factors_of(user).has_any:
        return _wait(request, user, target, origin, "accounts:second-factor")
    if not is_proven and needs_second_factor(user):
        return _wait(request, user, target, origin, first_set_up(request, user))
    enter(request, user, method="password" if origin is None else "provider", origin=origin)
    return HttpResponseRedirect(target)


def first_set_up(request: HttpRequest, user: User) -> str:
    """What no forged page can ask for comes first, where the browser can do it."""
    is_key = factors_of(user).needs_key or works_here(request)
    return "accounts:key-new" if is_key else "accounts:second-factor-new"


def arrive(request: HttpRequest, found: Waiting, *, method: str) -> HttpResponse:
    """After the second factor: in, or first to a key that the role asks for."""
    if factors_of(found.user).lacks_key:
        request.session[WAITING] = {**request.session[WAITING], "is_proven": True}
        return redirect("accounts:key-new")
    enter(request, found.user, method=method, origin=found.origin)
    return redirect(found.target)


def _wait(request: HttpRequest, user: User, target: str, origin: Origin | None, name: str) -> HttpResponse:
    # A new session: one that somebody else planted in this browser must not come to wait in our user's name.
    request.session.flush()
    request.session[WAITING] = {
        "user": user.pk,
        "proof": user.get_session_auth_hash(),
        "since": clock.now().isoformat(),
        "target": target,
        "origin": None if origin is None else [origin.identity_id, origin.session],
    }
    return redirect(name)


def waiting(request: HttpRequest) -> Waiting | None:
    """Who waits in this session; nobody after a while, or once the password or the account has changed."""
    kept = request.session.get(WAITING)
    if not isinstance(kept, dict) or clock.now() - datetime.fromisoformat(kept["since"]) > PATIENCE:
        return None
    user = StaffBackend().get_user(kept["user"])
    if user is None or not constant_time_compare(kept["proof"], user.get_session_auth_hash()):
        return None
    return Waiting(
        user=user,
        target=kept["target"],
        is_proven=kept.get("is_proven") is True,
        origin=Origin(identity_id=came[0], session=came[1]) if (came := kept.get("origin")) else None,
    )


def enter(request: HttpRequest, user: User, *, method: str, origin: Origin | None = None) -> None:
    """Signs in. The session gets another key, so that one known before is worth nothing."""
    request.session.pop(WAITING, None)
    login(request, user, backend=BACKEND)
    by = actor_of(request)
    begin_session(store=request.session, user=user, ip=by.ip, device=request.headers.get("user-agent", ""))
    if origin is not None:
        tie_session(store=request.session, identity_id=origin.identity_id, provider_session=origin.session)
    record_sign_in(user=user, method=method, by=by)


def to_sign_in() -> HttpResponse:
    return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))
