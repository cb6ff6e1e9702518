"""The page behind a link that asks whether somebody is who writes to us. Looking at it answers nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.customers.errors import VerificationRefused
from apps.customers.services.verification import pending_link
from apps.tickets.services.proving import answer_confirmation, asked_by
from apps.tickets.views.public import language_of, public_page, token_of


@csrf_exempt  # the token is the authority; there is no session to borrow
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest) -> HttpResponse:
    token, language = token_of(request), language_of(request)
    try:
        asked = asked_by(pending_link(token))
        language = language_of(request, asked.language)
        if request.method != "POST":
            return public_page(request, "conversation/confirmation.html", {"asked": asked}, language=language)
        agrees = request.POST.get("agrees") == "yes"
        answer_confirmation(token=token, agrees=agrees)
    except VerificationRefused as error:
        gone = {"reason": error.message}
        return public_page(request, "conversation/gone.html", gone, language=language, status=error.status)
    answered = {"asked": asked, "agrees": agrees}
    return public_page(request, "conversation/confirmed.html", answered, language=language)
