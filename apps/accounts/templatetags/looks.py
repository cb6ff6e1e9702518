"""The line above every page that tells who sees the desk as whom, and to whom it was that somebody did."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.accounts.looking import look_of
from apps.core import clock

register = template.Library()


@register.inclusion_tag("accounts/_look_bar.html", takes_context=True)
def look_bar(context: Context) -> dict[str, Any]:
    request = context.get("request")
    actor = getattr(request, "actor", None)
    if actor is None or actor.user is None:
        return {}
    look = look_of(actor)
    if look is None:
        return {"looked_at": actor.user.looked_at_since, "csrf_token": context.get("csrf_token")}
    left = look.ends_at - clock.now()
    return {"look": look, "minutes": max(1, round(left.total_seconds() / 60)), "csrf_token": context.get("csrf_token")}
