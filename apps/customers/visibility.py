"""Through what a customer becomes visible to somebody who does not see all of them.

This app knows no such thing. Higher apps register sources: tickets, for one, says "because of a ticket that the actor
may see".
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, Q

from apps.core.actor import Actor

# Given the actor, a condition on customers: an Exists over rows with `customer_id=OuterRef("pk")`, or a Q.
Source = Callable[[Actor], "Exists | Q"]

_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Called from ``ready()`` of a higher app; what any source opens is visible."""
    if source not in _sources:
        _sources.append(source)


def sources() -> tuple[Source, ...]:
    return tuple(_sources)
