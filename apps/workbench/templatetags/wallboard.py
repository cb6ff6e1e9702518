"""What the wallboard draws, and where alerts appear on other pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.accounts.middleware import actor_of
from apps.alerts.querysets import SUPERVISE
from apps.alerts.selectors import last_news
from apps.core.permissions import may
from apps.core.words import clock_words
from apps.workbench.desk import SOCKET_PATH

register = template.Library()
register.filter("clock_words", clock_words)


@register.inclusion_tag("workbench/alerts_region.html", takes_context=True)
def alerts(context: Context) -> dict[str, Any]:
    """Nothing but the place where news are asked from; only for those who supervise."""
    actor = actor_of(context["request"])
    if not may(actor, SUPERVISE):
        return {}
    return {"listens": True, "after": last_news(actor), "socket_path": f"/{SOCKET_PATH}"}


@register.inclusion_tag("workbench/_level.html")
def level(percent: float | None, target: int) -> dict[str, Any]:
    """A bar with the mark of what is aimed at. Percents that would round up to the target do not reach it."""
    shown = None if percent is None else int(percent)
    return {"percent": shown, "target": target, "is_short": shown is not None and shown < target}
