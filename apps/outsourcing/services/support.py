"""Letting people in who help the house: a manager opens for some hours, and one press, or time, shuts it.

Outside of that they are shut out like a vendor that is suspended: sessions, sockets and tokens end, and nothing is granted.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User, Vendor
from apps.accounts.services.grants import write_grants
from apps.accounts.services.vendors import close_vendor, open_vendor
from apps.channels.models import Channel
from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.live import cut_off
from apps.core.permissions import require
from apps.outsourcing.errors import NotForSupport, SupportIsOpen
from apps.outsourcing.models import SupportAccess
from apps.outsourcing.models.support import MOST_HOURS
from apps.outsourcing.querysets import MANAGE
from apps.outsourcing.selectors.contracts import KINDS
from apps.outsourcing.services.contracts import said
from apps.tickets.models import Queue

OPENS: Final = tuple(kind for kind in KINDS if kind.name in ("queues", "channels"))


@transaction.atomic
def give_access(
    *,
    vendor: Vendor,
    queues: Collection[Queue],
    channels: Collection[Channel],
    hours: int,
    reason: str,
    by: Actor,
    may_write: bool = False,
) -> SupportAccess:
    """From now on, for at most three days."""
    require(by, MANAGE)
    if by.user is None:
        raise NotVisible
    if not 1 <= hours <= MOST_HOURS:
        raise InvalidInput(fields={"hours": [_("From 1 to %(most)s hours.") % {"most": MOST_HOURS}]})
    locked = Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=vendor.pk)
    _require_helpers(locked)
    _end_what_is_over(locked)
    if SupportAccess.objects.not_ended().filter(vendor=locked).exists():
        raise SupportIsOpen
    moment = now()
    row = SupportAccess.objects.create(
        vendor=locked,
        reason=said(reason),
        may_write=may_write,
        starts_at=moment,
        ends_at=moment + timedelta(hours=hours),
        given_by=by.user,
    )
    row.queues.set(queues)
    row.channels.set(channels)
    audit.record("support.given", by=by, subject=row, reason=row.reason, details={"hours": hours, "writes": may_write})
    settle_support(locked.pk, by=by)
    return row


def _require_helpers(vendor: Vendor) -> None:
    has_people = User.objects.filter(vendor=vendor, is_active=True, groups__team__vendor=vendor).exists()
    if not vendor.is_support or not has_people or vendor.contracts.exists():
        raise NotForSupport


@transaction.atomic
def end_access(*, access: SupportAccess, by: Actor) -> None:
    """At once: open pages leave within five seconds."""
    require(by, MANAGE)
    Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=access.vendor_id)
    row = SupportAccess.objects.visible_to(by).filter(pk=access.pk).first()
    if row is None:
        raise NotVisible
    if row.ended_at is None:
        row.ended_at = min(now(), row.ends_at)
        row.save(update_fields=["ended_at"])
        audit.record("support.ended", by=by, subject=row)
        settle_support(row.vendor_id, by=by)


@transaction.atomic
def settle_support(vendor_id: int, *, by: Actor = SYSTEM) -> bool:
    """Makes grants and door exactly what is open now. Called twice, or by two at once, it changes nothing more."""
    vendor = Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=vendor_id)
    is_changed = _end_what_is_over(vendor)
    access = SupportAccess.objects.not_ended().filter(vendor=vendor).first()
    is_changed |= _let_write(vendor, access is not None and access.may_write)
    is_changed |= _grant(vendor, access, by)
    if access is None:
        return close_vendor(vendor=vendor, by=by) or is_changed
    return open_vendor(vendor=vendor, by=by) or is_changed


def _end_what_is_over(vendor: Vendor) -> bool:
    over = list(SupportAccess.objects.not_ended().filter(vendor=vendor, ends_at__lte=now()))
    for row in over:
        row.ended_at = row.ends_at
        row.save(update_fields=["ended_at"])
        audit.record("support.ended", by=SYSTEM, subject=row)
    return bool(over)


def _let_write(vendor: Vendor, may_write: bool) -> bool:
    return bool(Vendor.objects.filter(pk=vendor.pk, reads_only=may_write).update(reads_only=not may_write))


def _grant(vendor: Vendor, access: SupportAccess | None, by: Actor) -> bool:
    has_gained, has_lost = False, False
    for team in Team.objects.filter(vendor=vendor).order_by("pk"):
        for kind in OPENS:
            ids = () if access is None else set(getattr(access, kind.name).values_list("pk", flat=True))
            change = write_grants(team=team, grant_model=kind.grants, codename=kind.codename, object_ids=ids, by=by)
            has_gained |= bool(change.added)
            has_lost |= bool(change.removed)
    if has_lost:
        cut_off(User.objects.filter(vendor=vendor).values_list("pk", flat=True))
    return has_gained or has_lost


def follow_time() -> int:
    """Those whose time is over, and what was opened by hand, by a script, by a restore. They are few."""
    rows = Vendor.objects.filter(is_support=True, contracts=None).order_by("pk")
    return sum(settle_support(pk) for pk in rows.values_list("pk", flat=True))
