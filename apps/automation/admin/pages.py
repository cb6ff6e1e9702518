"""How an endpoint is doing, what was sent to it, and what a manager can do about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.automation.enums import DeliveryState
from apps.automation.forms import ReplayForm
from apps.automation.kinds import label_of
from apps.automation.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from apps.automation.querysets import MANAGE
from apps.automation.selectors import counts_of, glance, health_of, is_expected_soon, last_days
from apps.automation.services import endpoints, resending
from apps.core.actor import Actor
from apps.core.admin.base import actor_of
from apps.core.errors import AppError
from apps.core.htmx import is_htmx
from apps.core.paging import paginate
from apps.core.permissions import may

PAGE_SIZE = 25
REPLAYED_DAYS = 5
View = Callable[..., HttpResponse]


def add_to(site: object) -> None:
    if not isinstance(site, StaffSite):
        return
    site.add_page("outgoing-webhooks/<int:pk>/", endpoint_view, name="outgoing-webhook")
    for part, view in (
        ("test", test_view),
        ("key", proven_lately(key_view)),
        ("state", state_view),
        ("replay", replay_view),
    ):
        site.add_page(f"outgoing-webhooks/<int:pk>/{part}/", view, name=f"outgoing-webhook-{part}")
    site.add_page("outgoing-webhooks/deliveries/<int:pk>/", delivery_view, name="outgoing-delivery")
    site.add_page("outgoing-webhooks/deliveries/<int:pk>/resend/", resend_view, name="outgoing-delivery-resend")


def _refusals_as_messages(view: View) -> View:
    """A refused move is told on the page from which it was asked."""

    @wraps(view)
    def run(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return view(request, pk)
        except AppError as refusal:
            messages.error(request, refusal.detail())
            return redirect(request.path.rpartition("/")[0].rpartition("/")[0] + "/")

    return run


# --- One endpoint -------------------------------------------------------------------------------------------------


@require_GET
def endpoint_view(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = _endpoint(request, pk)
    return _endpoint_page(request, endpoint, ReplayForm(initial={"since": _some_days_ago()}))


@require_POST
@_refusals_as_messages
def test_view(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = resending.send_test(endpoint=_endpoint(request, pk), by=actor_of(request))
    return redirect("admin:outgoing-delivery", delivery.pk)


@require_POST
@_refusals_as_messages
def key_view(request: HttpRequest, pk: int) -> HttpResponse:
    row, key = endpoints.rotate_secret(endpoint=_endpoint(request, pk), by=actor_of(request))
    return key_page(request, row, key)


@require_POST
@_refusals_as_messages
def state_view(request: HttpRequest, pk: int) -> HttpResponse:
    """`to`: off; on, with what happened meanwhile; anew, with what happens from now."""
    endpoint, by, wish = _endpoint(request, pk), actor_of(request), request.POST.get("to")
    if wish == "off":
        endpoints.disable_endpoint(endpoint=endpoint, by=by)
    elif wish in ("on", "anew"):
        endpoints.enable_endpoint(endpoint=endpoint, by=by, catches_up=wish == "on")
    return redirect("admin:outgoing-webhook", pk)


@require_POST
@_refusals_as_messages
def replay_view(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint, form = _endpoint(request, pk), ReplayForm(request.POST)
    if not form.is_valid():
        return _endpoint_page(request, endpoint, form, status=422)
    resending.replay_failed(endpoint=endpoint, since=form.cleaned_data["since"], by=actor_of(request))
    messages.success(request, _("What was given up since then is in line again."))
    return redirect("admin:outgoing-webhook", pk)


def key_page(request: HttpRequest, endpoint: WebhookEndpoint, key: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("The signing key"),
        "endpoint": endpoint,
        "signing_key": key,
    }
    response = TemplateResponse(request, "admin/automation/key.html", context)
    add_never_cache_headers(response)
    return response


def _endpoint_page(
    request: HttpRequest, endpoint: WebhookEndpoint, form: ReplayForm, status: int = 200
) -> HttpResponse:
    actor, state = actor_of(request), request.GET.get("state", "")
    rows = WebhookDelivery.objects.visible_to(actor).filter(endpoint=endpoint).defer("payload")
    if state in DeliveryState.values:
        rows = rows.filter(state=state)
    page = paginate(rows, order=["-id"], cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    for row in page.rows:
        row.endpoint = endpoint
    replays = WebhookReplay.objects.visible_to(actor).filter(endpoint=endpoint).with_progress().order_by("-id")
    context = {
        **admin.site.each_context(request),
        "title": endpoint.name,
        "endpoint": endpoint,
        "health": health_of(endpoint),
        "counts": counts_of(actor, endpoint),
        "events": [(pattern, label_of(pattern)) for pattern in endpoint.events],
        "days": last_days(actor, endpoint),
        "page": page,
        "deliveries": [(row, label_of(row.kind)) for row in page.rows],
        "states": DeliveryState.choices,
        "chosen_state": state,
        "replays": replays[:3],
        "form": form,
    }
    return TemplateResponse(request, "admin/automation/endpoint.html", context, status=status)


def _endpoint(request: HttpRequest, pk: int) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(_manager(request)).select_related("acts_as")
    return get_object_or_404(rows, pk=pk)


def _manager(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not may(actor, MANAGE):
        raise PermissionDenied
    return actor


def _some_days_ago() -> Any:
    return timezone.localtime() - timedelta(days=REPLAYED_DAYS)


# --- One delivery -------------------------------------------------------------------------------------------------


@require_GET
def delivery_view(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = _delivery(request, pk)
    seen = glance(actor_of(request), delivery)
    context = {
        **admin.site.each_context(request),
        "title": str(label_of(delivery.kind)),
        "delivery": delivery,
        "endpoint": delivery.endpoint,
        "is_hidden": seen.payload is None,
        "payload": json.dumps(seen.payload, ensure_ascii=False, indent=2) if seen.payload else "",
        "attempts": list(zip(seen.attempts, seen.answers, strict=True)),
        "is_expected": is_expected_soon(delivery),
    }
    fragment = "#outcome" if is_htmx(request) else ""
    return TemplateResponse(request, f"admin/automation/delivery.html{fragment}", context)


@require_POST
@_refusals_as_messages
def resend_view(request: HttpRequest, pk: int) -> HttpResponse:
    resending.resend_delivery(delivery=_delivery(request, pk), by=actor_of(request))
    messages.success(request, _("It is in line again, under the same message id."))
    return redirect("admin:outgoing-delivery", pk)


def _delivery(request: HttpRequest, pk: int) -> WebhookDelivery:
    rows = WebhookDelivery.objects.visible_to(_manager(request)).select_related("endpoint__acts_as")
    return get_object_or_404(rows, pk=pk)
