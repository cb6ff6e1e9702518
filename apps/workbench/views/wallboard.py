"""The wallboard, and alerts on every page of those who supervise."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.alerts.models import Alert
from apps.alerts.querysets import SUPERVISE
from apps.alerts.selectors import last_news, news_after
from apps.alerts.services.acknowledging import acknowledge
from apps.core.htmx import is_htmx, toast
from apps.core.permissions import require
from apps.workbench.desk import staff_only
from apps.workbench.wallboard import board_of

CHANGED = "wallboard:changed"


@require_safe
@staff_only
def wallboard(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, SUPERVISE)
    template = "workbench/wallboard.html#board" if is_htmx(request) else "workbench/wallboard.html"
    return render(request, template, {"board": board_of(actor), "section": "wallboard"})


@require_safe
@staff_only
def alert_news(request: HttpRequest) -> HttpResponse:
    """What was fired and what is over since the page last asked, as one toast; and from where to ask on."""
    actor = actor_of(request)
    require(actor, SUPERVISE)
    after = request.GET.get("after", "")
    if not (after.isascii() and after.isdecimal()):
        return JsonResponse({"after": last_news(actor)})
    news = news_after(actor, int(after))
    response = JsonResponse({"after": news.after})
    return toast(response, "success" if news.is_good else "error", news.words) if news.words else response


@require_POST
@staff_only
def alert_acknowledgement(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    require(actor, SUPERVISE)
    acknowledge(alert=get_object_or_404(Alert.objects.visible_to(actor).fired(), pk=pk), by=actor)
    if not is_htmx(request):
        return redirect("workbench:wallboard")
    response = trigger_client_event(HttpResponse(status=204), CHANGED, {})
    return toast(response, "success", _("Acknowledged. It stays here until it is over."))
