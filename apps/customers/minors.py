"""Who is known to be a minor, and whether somebody who may has agreed to what is done with their data (PIPL 31; GDPR 8)."""

from __future__ import annotations

from collections.abc import Iterable

from apps.customers.models import Customer, Guardian


def minors(ids: Iterable[int]) -> set[int]:
    """Those of these customers who are minors."""
    return set(Customer.objects.filter(pk__in=list(ids), is_minor=True).values_list("pk", flat=True))


def lacks_guardian(ids: Iterable[int]) -> bool:
    """Whether these records of one person are a minor's for whom no guardian is known to have consented."""
    family = list(ids)
    if not minors(family):
        return False
    return not Guardian.objects.filter(customer__in=family, consented_on__isnull=False).exists()


def guardian_of(ids: Iterable[int]) -> Guardian | None:
    """Of the records of one person, the living one's id first: the guardian kept there, or else with another of them."""
    order = list(ids)
    rows = Guardian.objects.filter(customer__in=order)
    return min(rows, key=lambda row: order.index(row.customer_id), default=None)
