"""The page that a link in a text message opens: the conversation, and a field to answer in."""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from apps.core.errors import AppError, TooMany
from apps.core.htmx import is_htmx
from apps.privacy.selectors.notices import notice_in_force
from apps.privacy.services.consenting import choices_token
from apps.tickets.errors import EmptyMessage, PageGone, ProofWrong
from apps.tickets.selectors.conversation import conversation_lines
from apps.tickets.services.pages import MAX_TEXT, ConversationPage, answer_page, open_page, prove
from apps.tickets.views.public import language_of, public_page, query_of, token_of

SALT = "conversation.proved"
PROVED_SECONDS = 12 * 60 * 60


@csrf_exempt  # the token is the authority; there is no session to borrow
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest) -> HttpResponse:
    try:
        page = open_page(token_of(request))
    except PageGone as error:
        if is_htmx(request):
            return HttpResponseClientRefresh()
        gone: dict[str, Any] = {"reason": error.message}
        return public_page(request, "conversation/gone.html", gone, language=language_of(request), status=error.status)
    language = language_of(request, page.ticket.language or page.channel.default_language)
    if page.asks_proof and not _is_proved(request, page):
        return _ask(request, page, language)
    return _answer(request, page, language) if request.method == "POST" else _show(request, page, language)


def _ask(request: HttpRequest, page: ConversationPage, language: str) -> HttpResponse:
    """Also of who has already written when the proof ran out: their words are kept until they have proved it again."""
    if is_htmx(request):
        return HttpResponse(status=204)
    context: dict[str, Any] = {"brand": page.channel.brand, **_typed(request)}
    status = 200
    if "digits" in request.POST:
        try:
            prove(page, request.POST.get("digits", "")[:8])
        except (ProofWrong, TooMany) as error:
            context["error"], status = error, error.status
        else:
            return _proved(request, page, language)
    return public_page(request, "conversation/proof.html", context, language=language, status=status)


def _proved(request: HttpRequest, page: ConversationPage, language: str) -> HttpResponse:
    response = _answer(request, page, language) if _typed(request)["typed"] else _to_page(request, language)
    response.set_cookie(
        f"page_{page.key}",
        signing.dumps(page.key, salt=SALT),
        max_age=PROVED_SECONDS,
        path=reverse("conversation:page"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _typed(request: HttpRequest) -> dict[str, str]:
    return {"typed": request.POST.get("text", ""), "nonce": request.POST.get("nonce", "")}


def _is_proved(request: HttpRequest, page: ConversationPage) -> bool:
    try:
        found = signing.loads(request.COOKIES.get(f"page_{page.key}", ""), salt=SALT, max_age=PROVED_SECONDS)
    except signing.BadSignature:
        return False
    return bool(found == page.key)


def _answer(request: HttpRequest, page: ConversationPage, language: str) -> HttpResponse:
    try:
        answer_page(page=page, text=request.POST.get("text", ""), nonce=request.POST.get("nonce", ""))
    except EmptyMessage:
        return _to_page(request, language)
    except AppError as error:
        typed = request.POST.get("text", "")
        return _show(request, page, language, status=error.status, error=error, typed=typed)
    return _to_page(request, language, sent="1")


def _show(request: HttpRequest, page: ConversationPage, language: str, status: int = 200, **more: Any) -> HttpResponse:
    template = "conversation/page.html#lines" if is_htmx(request) else "conversation/page.html"
    context = {
        "brand": page.channel.brand,
        "number": page.ticket.number,
        "lines": conversation_lines(page.ticket),
        "nonce": secrets.token_urlsafe(16),
        "max_length": MAX_TEXT,
        "is_sent": "sent" in request.GET,
        "notice": notice_in_force(page.channel.brand_id),
        "choices": choices_token(page.ticket.customer_id) if page.ticket.customer_id else "",
        **more,
    }
    return public_page(request, template, context, language=language, status=status)


def _to_page(request: HttpRequest, language: str, sent: str = "") -> HttpResponse:
    query = query_of(request, language) + (f"&sent={sent}" if sent else "")
    return HttpResponseRedirect(f"{reverse('conversation:page')}{query}")
