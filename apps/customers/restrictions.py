"""Whether a customer asked that their data be kept and nothing else be done with them (GDPR 18; PIPL 44)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.customers.models import Customer
from apps.privacy.models import DataSubjectRequest


def is_restricted(customer: Customer | None, *, ticket_id: int | None = None) -> bool:
    """Under any of the records that are one person. Not for the ticket on which their request is answered."""
    if customer is None:
        return False
    root_id = customer.merged_into_id or customer.pk
    members = Customer.objects.filter(Q(pk=root_id) | Q(merged_into=root_id)).values("pk")
    answered_on = list(DataSubjectRequest.objects.restricting(members).values_list("ticket_id", flat=True))
    return bool(answered_on) and (ticket_id is None or ticket_id not in answered_on)


def with_restriction(customers: QuerySet[Customer]) -> QuerySet[Any, Any]:
    """Each with `restricted`, read along: whether it itself was asked for."""
    asked = DataSubjectRequest.objects.restricting().filter(customer_id=OuterRef("pk"))
    return customers.annotate(restricted=Exists(asked))
