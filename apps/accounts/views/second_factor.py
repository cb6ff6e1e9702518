"""Proving oneself a second time, and setting up what does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.accounts.forms import AnswerForm, CodeForm
from apps.accounts.middleware import actor_of
from apps.accounts.models import TotpFactor, User
from apps.accounts.proof import proven_lately
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services import second_factor
from apps.accounts.services.recovery_codes import renew_recovery_codes
from apps.accounts.views.entering import Waiting, arrive, enter, to_sign_in, waiting
from apps.accounts.views.keys import codes_page, is_signed, offered_keys, who_sets_up
from apps.accounts.webauthn import works_here
from apps.core.actor import person
from apps.core.errors import TooMany
from apps.core.htmx import toast_there

T = TypeVar("T")


def tried(form: CodeForm, check: Callable[[str], T | None]) -> tuple[T | None, int]:
    """What the code gave, and the answer's status; on the form stands why it gave nothing."""
    if not form.is_valid():
        return None, 422
    try:
        found = check(form.cleaned_data["code"])
    except TooMany as refusal:
        form.add_error("code", refusal.detail())
        return None, refusal.status
    if found is None:
        form.add_error("code", _("This code is not right."))
    return found, 200 if found is not None else 422


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class ProofView(View):
    """After the password: a key, a code of the app, or a recovery code."""

    template_name = "accounts/second_factor.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = waiting(request)
        if found is None or found.is_proven:
            return to_sign_in() if found is None else redirect("accounts:key-new")
        return self._page(request, found, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        found = waiting(request)
        if found is None:
            return to_sign_in()
        if "answer" in request.POST:
            return self._sign(request, found)
        user, by, form = found.user, actor_of(request), CodeForm(request.POST)
        method, status = tried(form, lambda code: second_factor.check_code(user=user, code=code, by=by))
        if method is None:
            return self._page(request, found, form, status=status)
        return arrive(request, found, method=method)

    def _sign(self, request: HttpRequest, found: Waiting) -> HttpResponse:
        form = AnswerForm(request.POST)
        if is_signed(request, found.user, form):
            return arrive(request, found, method="key")
        return self._page(request, found, CodeForm(), key_form=form, status=422)

    def _page(
        self,
        request: HttpRequest,
        found: Waiting,
        form: CodeForm,
        *,
        key_form: AnswerForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {"form": form, "key_form": key_form or AnswerForm(), **offered_keys(request, found.user)}
        return render(request, self.template_name, context, status=status)


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class SetUpView(View):
    """The QR code, and the first code from the app: at the first sign-in where it is needed, later for who wants it."""

    template_name = "accounts/second_factor_new.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user = who_sets_up(request)
        if not isinstance(user, User):
            return user
        factors = factors_of(user)
        if not request.user.is_authenticated and factors.needs_key:
            return redirect("accounts:key-new")
        if factors.has_app:
            return redirect("accounts:security")
        return super().dispatch(request, user, *args, **kwargs)

    def get(self, request: HttpRequest, user: User) -> HttpResponse:
        return self._page(request, user, CodeForm())

    def post(self, request: HttpRequest, user: User) -> HttpResponse:
        form = CodeForm(request.POST)
        by = person(user, actor_of(request).face, actor_of(request).ip)
        codes, status = tried(form, lambda code: second_factor.confirm_totp(user=user, code=code, by=by))
        if codes is None:
            return self._page(request, user, form, status=status)
        return self._done(request, user, codes)

    def _done(self, request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
        """The codes are in this answer and nowhere else; whoever was waiting is in with it."""
        target = settings.LOGIN_REDIRECT_URL
        if found := waiting(request):
            target = found.target
            enter(request, user, method="totp", origin=found.origin)
        return codes_page(request, codes, target)

    def _page(self, request: HttpRequest, user: User, form: CodeForm, status: int = 200) -> HttpResponse:
        factor = second_factor.begin_totp(user=user)
        context = {
            "form": form,
            "picture": _picture(factor),
            "secret": _grouped(factor.secret),
            "offers_key": not request.user.is_authenticated and works_here(request),
        }
        return render(request, self.template_name, context, status=status)


@require_POST
@never_cache
@login_required
@proven_lately
def renew_codes(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.user is None or not factors_of(actor.user).has_any:
        return redirect("accounts:security")
    return codes_page(request, renew_recovery_codes(user=actor.user, by=actor), "accounts:security")


@require_POST
@login_required
@proven_lately
def take_away(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.user is not None:
        second_factor.remove_totp(user=actor.user, by=actor)
        toast_there(request, _("The authenticator app was removed."))
    return redirect("accounts:security")


def _picture(factor: TotpFactor) -> SafeString:
    return mark_safe(segno.make(second_factor.address_of(factor), error="m").svg_inline(border=2, omitsize=True))


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
