"""Where a newcomer begins: every door of the demo on one page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "demo/start.html",
        {"sign_ins": settings.DEMO_SIGN_INS, "password": settings.DEMO_PASSWORD, "token": settings.DEMO_API_TOKEN},
    )
