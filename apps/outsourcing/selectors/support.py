"""Who of those that help the house is let in, and whose grants follow that."""

from __future__ import annotations

from collections.abc import Collection

from apps.accounts.models import Team, User
from apps.core.clock import now
from apps.outsourcing.models import SupportAccess


def access_now(user: User) -> SupportAccess | None:
    """By which somebody is here; asks only for people who help the house."""
    if user.vendor is None or not user.vendor.is_support:
        return None
    return SupportAccess.objects.not_ended().filter(vendor=user.vendor, ends_at__gt=now()).first()


def let_in_by_hours(teams: Collection[Team]) -> frozenset[int]:
    """Teams whose grants nobody gives by hand."""
    rows = Team.objects.filter(pk__in=[team.pk for team in teams], vendor__is_support=True)
    return frozenset(rows.values_list("pk", flat=True))
