"""The door of a vendor: shut, none of its people is in, whatever they hold; open again, they sign in anew."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from apps.accounts.models import ApiToken, User, Vendor
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.live import cut_off
from apps.core.permissions import require


@transaction.atomic
def close_vendor(*, vendor: Vendor, by: Actor, reason: str = "") -> bool:
    """Sessions, sockets and tokens of all its people end. Says whether it was open."""
    if not _switch(vendor, by, to=False):
        return False
    people = User.objects.filter(vendor=vendor)
    people.update(session_epoch=F("session_epoch") + 1)
    ApiToken.objects.filter(user__vendor=vendor, revoked__isnull=True).update(revoked=clock.now())
    audit.record("vendor.closed", by=by, subject=vendor, reason=reason)
    cut_off(people.values_list("pk", flat=True))
    return True


@transaction.atomic
def open_vendor(*, vendor: Vendor, by: Actor, reason: str = "") -> bool:
    if not _switch(vendor, by, to=True):
        return False
    audit.record("vendor.opened", by=by, subject=vendor, reason=reason)
    return True


def _switch(vendor: Vendor, by: Actor, *, to: bool) -> bool:
    require(by, "accounts.manage")
    row = Vendor.objects.select_for_update(of=("self",), no_key=True).filter(pk=vendor.pk).first()
    if row is None:
        raise NotVisible
    vendor.is_active = to
    return row.is_active != to and bool(Vendor.objects.filter(pk=row.pk).update(is_active=to))
