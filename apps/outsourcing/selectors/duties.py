"""What a vendor's people let pass of their duties."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Count

from apps.accounts.models import Vendor
from apps.core.clock import now
from apps.outsourcing.models import DutyMiss

LATELY: Final = timedelta(days=30)


def duties_missed(vendor: Vendor, within: timedelta = LATELY) -> dict[int, int]:
    """How often, by person."""
    rows = DutyMiss.objects.filter(user__vendor=vendor, created__gte=now() - within).order_by()
    return dict(rows.values_list("user_id").annotate(count=Count("pk")))
