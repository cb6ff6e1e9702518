"""What a vendor's people let pass of their duties."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Count

from apps.accounts.models import User, Vendor
from apps.core.clock import now
from apps.outsourcing.models import DutyMiss

LATELY: Final = timedelta(days=30)


def duties_missed(vendor: Vendor, within: timedelta = LATELY) -> dict[int, int]:
    """How often, by person."""
    rows = DutyMiss.objects.filter(user__vendor=vendor, created__gte=now() - within).order_by()
    return dict(rows.values_list("user_id").annotate(count=Count("pk")))


def misses_of(user: User, within: timedelta = LATELY) -> int:
    return DutyMiss.objects.filter(user=user, created__gte=now() - within).count()


def people_who_missed(vendor: Vendor) -> list[tuple[User, int]]:
    missed = duties_missed(vendor)
    return [(user, missed[user.pk]) for user in User.objects.filter(pk__in=missed).order_by("username")]
