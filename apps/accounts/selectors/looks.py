"""Who saw the desk as somebody."""

from __future__ import annotations

from apps.accounts.models import Look, User

SHOWN = 20


def looks_at(user: User) -> list[Look]:
    """For that person: the last ones, newest first."""
    return list(Look.objects.filter(seen_as=user).select_related("user").order_by("-began")[:SHOWN])
