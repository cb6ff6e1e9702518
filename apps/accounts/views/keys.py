"""Security keys and passkeys: what pages have them sign, adding one, naming and removing them.

The browser's part is `static/js/behaviors/security-key.js`: it asks here for a challenge, has the key answer it, and
sends the answer with the page's own form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts.errors import KeyRefused, KeysNotHere
from apps.accounts.forms import AnswerForm, KeyForm, KeyNameForm
from apps.accounts.middleware import actor_of
from apps.accounts.models import StaffSession, User
from apps.accounts.proof import ask_for_proof, proven_lately, was_proven_lately
from apps.accounts.selectors.factors import factors_of
from apps.accounts.selectors.sessions import device_of
from apps.accounts.services import security_keys
from apps.accounts.services.security_keys import Challenge, Site
from apps.accounts.views.entering import enter, to_sign_in, waiting
from apps.accounts.webauthn import keep_challenge, site_of, take_challenge, works_here
from apps.core.actor import Actor, person
from apps.core.errors import AppError
from apps.core.htmx import toast_there

# Shared with the pages that take a key's answer


def offered_keys(request: HttpRequest, user: User) -> dict[str, Any]:
    """What a page that asks for a proof has to know of somebody's keys."""
    factors = factors_of(user)
    try:
        has_keys, refusal = bool(factors.keys_for(site_of(request).rp_id)), ""
    except KeysNotHere as error:
        has_keys, refusal = False, error.detail() if factors.keys else ""
    return {"has_keys": has_keys, "keys_refusal": refusal, "factors": factors}


def is_signed(request: HttpRequest, user: User, form: AnswerForm) -> bool:
    """Whether the answer that came with a page's form is right; the form tells why not."""
    if not form.is_valid():
        form.add_error(None, KeyRefused().detail())
        return False
    try:
        is_right = security_keys.check_key(
            user=user,
            site=site_of(request),
            kept=take_challenge(request),
            answer=form.cleaned_data["answer"],
            by=actor_of(request),
        )
    except AppError as refusal:
        form.add_error(None, refusal.detail())
        return False
    if not is_right:
        form.add_error(None, KeyRefused().detail())
    return is_right


def who_sets_up(request: HttpRequest) -> User | HttpResponse:
    """Somebody signed in who proved themselves lately, or somebody on the way in who has nothing to prove with yet."""
    if isinstance(request.user, User):
        return request.user if was_proven_lately(request) else ask_for_proof(request)
    found = waiting(request)
    if found is None:
        return to_sign_in()
    if factors_of(found.user).has_any and not found.is_proven:
        return redirect("accounts:second-factor")
    return found.user


def codes_page(request: HttpRequest, codes: list[str], target: str) -> HttpResponse:
    """The codes are in this answer and nowhere else. Without new ones it goes on at once."""
    if not codes:
        return redirect(target)
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "target": resolve_url(target)})


# Challenges


@require_POST
@never_cache
def key_options(request: HttpRequest) -> HttpResponse:
    """What a new key is made from."""
    user = who_sets_up(request)
    return _challenge(request, security_keys.begin_registration, user if isinstance(user, User) else None)


@require_POST
@never_cache
def key_challenge(request: HttpRequest) -> HttpResponse:
    """What a key has to sign, for who is signed in or typed the right password a moment ago."""
    found = waiting(request)
    user = request.user if isinstance(request.user, User) else found.user if found else None
    return _challenge(request, security_keys.begin_proof, user)


def _challenge(request: HttpRequest, begin: Callable[..., Challenge], user: User | None) -> HttpResponse:
    if user is None:
        return JsonResponse({"detail": _("Too much time has passed. Load this page anew.")}, status=403)
    try:
        return JsonResponse(keep_challenge(request, begin(user=user, site=site_of(request))))
    except AppError as refusal:
        return JsonResponse({"detail": refusal.detail()}, status=refusal.status)


# Adding


@method_decorator([never_cache, sensitive_post_parameters("answer")], name="dispatch")
class KeySetUpView(View):
    template_name = "accounts/key_new.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user = who_sets_up(request)
        return super().dispatch(request, user, *args, **kwargs) if isinstance(user, User) else user

    def get(self, request: HttpRequest, user: User) -> HttpResponse:
        device = StaffSession(device=request.headers.get("user-agent", ""))
        return self._page(request, user, KeyForm(initial={"name": device_of(device)}))

    def post(self, request: HttpRequest, user: User) -> HttpResponse:
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self._page(request, user, form, status=422)
        by = person(user, actor_of(request).face, actor_of(request).ip)
        try:
            codes = self._register(request, user, form, by)
        except AppError as refusal:
            form.add_error(None, refusal.told())
            return self._page(request, user, form, status=refusal.status)
        return self._done(request, user, codes)

    def _register(self, request: HttpRequest, user: User, form: KeyForm, by: Actor) -> list[str]:
        site: Site = site_of(request)
        return security_keys.register_key(
            user=user, site=site, kept=take_challenge(request), by=by, **form.cleaned_data
        )

    def _done(self, request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
        if found := waiting(request):
            enter(request, user, method="key", origin=found.origin)
            return codes_page(request, codes, found.target)
        toast_there(request, _("The key was added."))
        return codes_page(request, codes, "accounts:security")

    def _page(self, request: HttpRequest, user: User, form: KeyForm, status: int = 200) -> HttpResponse:
        is_here = works_here(request)
        context = {
            "form": form,
            "is_here": is_here,
            "refusal": "" if is_here else _refusal(request),
            "offers_app": not request.user.is_authenticated and not factors_of(user).needs_key,
        }
        return render(request, self.template_name, context, status=status)


def _refusal(request: HttpRequest) -> str:
    try:
        site_of(request)
    except KeysNotHere as refusal:
        return refusal.detail()
    return ""


# Keeping


@require_POST
@login_required
@proven_lately
def rename(request: HttpRequest, key_id: int) -> HttpResponse:
    form = KeyNameForm(request.POST)
    if form.is_valid():
        security_keys.rename_key(key_id=key_id, name=form.cleaned_data["name"], by=actor_of(request))
        toast_there(request, _("The name was saved."))
    return redirect("accounts:security")


@require_POST
@login_required
@proven_lately
def remove(request: HttpRequest, key_id: int) -> HttpResponse:
    security_keys.remove_key(key_id=key_id, by=actor_of(request))
    toast_there(request, _("The key was removed."))
    return redirect("accounts:security")
