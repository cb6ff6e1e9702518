"""One queue's rules as sentences, in their order, with what holds where none of them does."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.core.admin.base import actor_of
from apps.core.permissions import may
from apps.routing.models import RoutingQueue, RoutingRule
from apps.routing.selectors.sentences import condition_words, outcome_words, queue_sentences
from apps.routing.services.rules import order_rules, switch_rule


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("routing/<int:pk>/rules/", rules_view, name="routing-rules")
        site.add_page("routing/<int:pk>/rules/order/", order_view, name="routing-rules-order")
        site.add_page("routing/rules/<int:pk>/switch/", switch_view, name="routing-rule-switch")


@require_GET
def rules_view(request: HttpRequest, pk: int) -> HttpResponse:
    routing = _routing(request, pk)
    rules = list(routing.rules.all())
    context = {
        **admin.site.each_context(request),
        "title": _("Rules of %(queue)s") % {"queue": routing},
        "routing": routing,
        "rows": [(rule, condition_words(rule), outcome_words(rule)) for rule in rules],
        "off": [rule.pk for rule in rules if not rule.is_active],
        "otherwise": queue_sentences(routing),
    }
    return TemplateResponse(request, "admin/routing/rules.html", context)


@require_POST
def order_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The order as it was dragged; a button moves one rule by one place, for hands and keyboards that cannot drag."""
    routing = _routing(request, pk)
    order = [int(text) for text in request.POST.getlist("rule") if text.isdecimal()]
    for name, step in (("earlier", -1), ("later", 1)):
        moved = request.POST.get(name, "")
        if moved.isdecimal() and int(moved) in order:
            _move(order, int(moved), step)
    order_rules(routing=routing, order=order, by=actor_of(request))
    return redirect("admin:routing-rules", pk)


@require_POST
def switch_view(request: HttpRequest, pk: int) -> HttpResponse:
    rules = RoutingRule.objects.visible_to(actor_of(request))
    _require(request)
    rule = get_object_or_404(rules, pk=pk)
    is_active = request.POST.get("to") == "on"
    switch_rule(rule=rule, is_active=is_active, by=actor_of(request))
    words = _("“%(rule)s” is in force.") if is_active else _("“%(rule)s” is off.")
    messages.success(request, words % {"rule": rule})
    return redirect("admin:routing-rules", rule.routing_id)


def _require(request: HttpRequest) -> None:
    if not may(actor_of(request), "channels.configure"):
        raise PermissionDenied


def _routing(request: HttpRequest, pk: int) -> RoutingQueue:
    _require(request)
    return get_object_or_404(RoutingQueue.objects.visible_to(actor_of(request)).whole(), pk=pk)


def _move(order: list[int], pk: int, step: int) -> None:
    at = order.index(pk)
    to = max(0, min(len(order) - 1, at + step))
    order.insert(to, order.pop(at))
