"""Records that are one person."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F

from apps.core import clock
from apps.customers.models import Customer


def living(customer: Customer) -> Customer:
    """The record that a merged one points to. Pointers are never longer than one step; a cycle would stop here."""
    seen = {customer.pk}
    while customer.merged_into is not None and customer.merged_into_id not in seen:
        customer = customer.merged_into
        seen.add(customer.pk)
    return customer


def mark_minor(ids: Collection[int], *, is_minor: bool) -> None:
    """Each record of a person carries the mark, so that none has to ask another. Within the caller's transaction."""
    rows = Customer.objects.filter(pk__in=ids).exclude(is_minor=is_minor)
    rows.update(is_minor=is_minor, updated=clock.now(), version=F("version") + 1)
