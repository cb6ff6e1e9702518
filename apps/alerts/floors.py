"""Whose floor a rule watches: the house's as a whole, or what the supervisors of one vendor see of it."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.access import Access, access_of, actors_of
from apps.accounts.models import User
from apps.alerts.querysets import SUPERVISE
from apps.core.actor import Actor


def lookouts_of(vendor_id: int) -> Iterator[Actor]:
    """One for each way in which the vendor's supervisors see their floor. A vendor without any has nobody to tell."""
    people = User.objects.active().filter(vendor_id=vendor_id, vendor__is_active=True)
    supervisors = people.filter(role__permissions__contains=[SUPERVISE]).select_related("role", "vendor")
    alike: dict[Access, Actor] = {}
    for actor in actors_of(supervisors.order_by("pk")).values():
        alike.setdefault(access_of(actor), actor)
    yield from alike.values()


def queues_overseen(vendor_id: int) -> set[int]:
    return {queue_id for actor in lookouts_of(vendor_id) for queue_id in access_of(actor).queue_ids}
