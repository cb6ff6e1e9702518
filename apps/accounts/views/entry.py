"""Where somebody who was invited chooses their password. They then sign in like everybody else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts.errors import EntryLinkGone
from apps.accounts.forms import NewPasswordForm
from apps.accounts.middleware import actor_of
from apps.accounts.models import User
from apps.accounts.rules import comes_from_allowed_place
from apps.accounts.services.entry_links import choose_password, holder_of
from apps.core.errors import InvalidInput
from apps.core.htmx import toast_there


@method_decorator([never_cache, sensitive_post_parameters("password", "again")], name="dispatch")
class EntryView(View):
    """Looking at it uses nothing up: mail programs look at links too."""

    def get(self, request: HttpRequest, uid: str, token: str) -> HttpResponse:
        return self._page(request, self._holder(request, uid, token), NewPasswordForm())

    def post(self, request: HttpRequest, uid: str, token: str) -> HttpResponse:
        user, form = self._holder(request, uid, token), NewPasswordForm(request.POST)
        if not form.is_valid():
            return self._page(request, user, form, status=422)
        try:
            choose_password(uid=uid, token=token, password=form.cleaned_data["password"])
        except InvalidInput as refusal:
            for message in refusal.fields.get("password", ()):
                form.add_error("password", message)
            return self._page(request, user, form, status=refusal.status)
        toast_there(request, _("Your password is set. Sign in with it."))
        return redirect("accounts:sign-in")

    def _holder(self, request: HttpRequest, uid: str, token: str) -> User:
        user = holder_of(uid, token)
        if not comes_from_allowed_place(user, actor_of(request).ip):
            raise EntryLinkGone
        return user

    def _page(self, request: HttpRequest, user: User, form: NewPasswordForm, status: int = 200) -> HttpResponse:
        return render(request, "accounts/entry.html", {"form": form, "username": user.username}, status=status)
