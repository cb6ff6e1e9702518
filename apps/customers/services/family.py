"""Records that are one person."""

from __future__ import annotations

from apps.customers.models import Customer


def living(customer: Customer) -> Customer:
    """The record that a merged one points to. Pointers are never longer than one step; a cycle would stop here."""
    seen = {customer.pk}
    while customer.merged_into is not None and customer.merged_into_id not in seen:
        customer = customer.merged_into
        seen.add(customer.pk)
    return customer
