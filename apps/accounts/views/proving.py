"""Where one proves once more who one is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts.forms import AnswerForm, CodeForm, PasswordForm
from apps.accounts.middleware import actor_of
from apps.accounts.models import IdentityProvider, User
from apps.accounts.proof import PROVEN
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services import second_factor
from apps.accounts.services.signing_in import check_credentials
from apps.accounts.sessions import row_of
from apps.accounts.views.entering import safe_next
from apps.accounts.views.keys import is_signed, offered_keys
from apps.core import audit, clock
from apps.core.errors import TooMany


def keep_proof(request: HttpRequest) -> None:
    """Somebody proved a moment ago who they are."""
    by = actor_of(request)
    request.session[PROVEN] = clock.now().isoformat()
    audit.record("session.proven", by=by, subject=by.user)


@method_decorator([never_cache, sensitive_post_parameters("code", "password")], name="dispatch")
class ProveAgainView(LoginRequiredMixin, View):
    """A key, or a code, where there is one; else the password."""

    template_name = "accounts/proof.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        if "answer" in request.POST:
            return self._sign(request)
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            is_proven = self._is_proven(request, form)
        except TooMany as refusal:
            form.add_error(None, refusal.detail())
            return self._page(request, form, status=refusal.status)
        if not is_proven:
            form.add_error(None, _("That is not right."))
            return self._page(request, form, status=422)
        return self._proven(request)

    def _sign(self, request: HttpRequest) -> HttpResponse:
        key_form = AnswerForm(request.POST)
        if is_signed(request, self._user(request), key_form):
            return self._proven(request)
        return self._page(request, self._form(request), key_form=key_form, status=422)

    def _proven(self, request: HttpRequest) -> HttpResponse:
        keep_proof(request)
        return HttpResponseRedirect(safe_next(request, "accounts:security"))

    def _form(self, request: HttpRequest, data: Any = None) -> CodeForm | PasswordForm:
        return CodeForm(data) if factors_of(self._user(request)).has_any else PasswordForm(data)

    def _is_proven(self, request: HttpRequest, form: CodeForm | PasswordForm) -> bool:
        user, by, values = self._user(request), actor_of(request), form.cleaned_data
        if "code" in values:
            return second_factor.check_code(user=user, code=values["code"], by=by) is not None
        return check_credentials(request, username=user.username, password=values["password"], by=by) == user

    def _user(self, request: HttpRequest) -> User:
        assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMixin narrows it)
        return request.user

    def _provider(self, request: HttpRequest) -> IdentityProvider | None:
        row = row_of(request.session)
        return row.identity.provider if row is not None and row.identity is not None else None

    def _page(
        self,
        request: HttpRequest,
        form: CodeForm | PasswordForm,
        *,
        key_form: AnswerForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "form": form,
            "key_form": key_form or AnswerForm(),
            "next": safe_next(request, "accounts:security"),
            "provider": self._provider(request),
            **offered_keys(request, self._user(request)),
        }
        return render(request, self.template_name, context, status=status)
