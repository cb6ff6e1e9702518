"""Who hears of changes on the floor."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.access import access_of
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.permissions import may

FLOOR = "floor"


def company_floor(vendor_id: int) -> str:
    return f"{FLOOR}.{vendor_id}"


def floor_groups(user: User) -> Iterator[str]:
    """The groups that hear of this agent: the house, and their company's supervisors."""
    yield FLOOR
    if user.vendor_id:
        yield company_floor(user.vendor_id)


def heard_by(actor: Actor) -> Iterator[str]:
    """The group that somebody listens to, as `querysets.of_people_known_to` says whom they may know."""
    if not may(actor, "routing.supervise"):
        return
    access = access_of(actor)
    if not access.is_outsourced:
        yield FLOOR
    elif access.vendor_id:
        yield company_floor(access.vendor_id)
