"""Whom a handle belongs to, for doors that their owner has proved to be behind."""

from __future__ import annotations

from collections.abc import Sequence

from apps.customers.models import Identity


def customer_of_handles(kind: str, scope: str, values: Sequence[str]) -> int | None:
    """The customer of the first of these handles that is somebody's; the living record of a merged one."""
    for value in values:
        found = Identity.objects.handle(kind=kind, value=value, scope=scope).select_related("customer").first()
        if found is not None:
            return found.customer.merged_into_id or found.customer_id
    return None
