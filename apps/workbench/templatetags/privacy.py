"""What pages show around masked values: the eye beside them, what was revealed, news of it, and the watermark."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.accounts.access import access_of
from apps.accounts.middleware import actor_of
from apps.core.permissions import may
from apps.customers.models import Customer
from apps.privacy.permits import REVEAL, may_approve
from apps.privacy.selectors.reveals import customer_rows, news_after
from apps.privacy.selectors.screen import screen_of
from apps.workbench.desk import SOCKET_PATH

register = template.Library()


@register.inclusion_tag("workbench/_reveal_button.html", takes_context=True)
def reveal_button(context: Context, kind: str, record: str, label: str) -> dict[str, Any]:
    if not may(actor_of(context["request"]), REVEAL):
        return {}
    return {"kind": kind, "record": record, "label": label}


@register.inclusion_tag("workbench/_reveal_history.html", takes_context=True)
def reveal_history(context: Context, customer_id: int) -> dict[str, Any]:
    """For whoever looks after the customer; a vendor's people are not told."""
    actor = actor_of(context["request"])
    if access_of(actor).is_outsourced:
        return {}
    merged = Customer.objects.filter(merged_into=customer_id)  # one door: the page reached the customer by it
    return {"rows": customer_rows(actor, [customer_id, *merged.values_list("pk", flat=True)])}


@register.inclusion_tag("workbench/reveals_region.html", takes_context=True)
def reveal_news(context: Context) -> dict[str, Any]:
    actor = actor_of(context["request"])
    if not (may_approve(actor) or may(actor, REVEAL)):
        return {}
    return {"listens": True, "after": news_after(actor, None).after, "socket_path": f"/{SOCKET_PATH}"}


@register.inclusion_tag("workbench/_screen_guard.html", takes_context=True)
def screen_guard(context: Context) -> dict[str, Any]:
    return {"screen": screen_of(actor_of(context["request"]))}
