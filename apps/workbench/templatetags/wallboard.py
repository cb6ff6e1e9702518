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
from apps.metrics.selectors.trends import Trend
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


HIGHEST, BETWEEN = 28, 10
"""Of what is drawn, and from one slot to the next."""


@register.inclusion_tag("workbench/_trend.html")
def trend(lately: Trend | None) -> dict[str, Any]:
    """Who was answered as bars, who waited as a line over them, both on one scale."""
    if lately is None:
        return {}
    scale = HIGHEST / max(1, *lately.waiting, *lately.answered)
    heights = [round(count * scale, 1) for count in lately.answered]
    bars = [{"x": place * BETWEEN + 2, "y": 32 - height, "height": height} for place, height in enumerate(heights)]
    line = [f"{place * BETWEEN + 5},{30 - count * scale:.1f}" for place, count in enumerate(lately.waiting)]
    return {
        "bars": bars,
        "points": " ".join(line),
        "most": max(lately.waiting),
        "answered": sum(lately.answered),
    }


@register.inclusion_tag("workbench/_level.html")
def level(percent: float | None, target: int) -> dict[str, Any]:
    """A bar with the mark of what is aimed at. Percents that would round up to the target do not reach it."""
    shown = None if percent is None else int(percent)
    return {"percent": shown, "target": target, "is_short": shown is not None and shown < target}
