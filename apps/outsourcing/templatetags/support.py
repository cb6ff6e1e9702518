"""The line above every page of people who were let in to help."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from apps.outsourcing.selectors.support import access_now

register = template.Library()


@register.inclusion_tag("outsourcing/_support_bar.html", takes_context=True)
def support_bar(context: Context) -> dict[str, Any]:
    actor = getattr(context.get("request"), "actor", None)
    user = actor.user if actor is not None else None
    return {} if user is None else {"access": access_now(user)}
