from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from apps.accounts.forms import LanguageForm
from apps.accounts.middleware import actor_of
from apps.accounts.services.users import set_preferences
from apps.accounts.views.entering import safe_next


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Remembered in the account of who is signed in, and in the browser for the pages before that."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    language = form.cleaned_data["language"]
    actor = actor_of(request)
    if actor.user is not None:
        set_preferences(user=actor.user, by=actor, values={"language": language})
    response = HttpResponseRedirect(safe_next(request, "/"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response
