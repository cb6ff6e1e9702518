"""The vendor's share in queues that split their work by percentages."""

from __future__ import annotations

from apps.accounts.models import Vendor
from apps.core import audit
from apps.core.actor import SYSTEM
from apps.outsourcing.models import Contract
from apps.routing.models import QueueShare, RoutingQueue


def set_shares(vendor: Vendor, ruling: Contract | None) -> bool:
    """Exactly the contract's share in its queues. One that names none leaves the shares to who set them. Without a
    contract in force there are none: work must not wait for people who are not there.
    """
    if ruling is None:
        is_changed = bool(QueueShare.objects.filter(vendor=vendor).delete()[0])
    elif ruling.share_percent is None:
        return False
    else:
        is_changed = _write(vendor, ruling, ruling.share_percent)
    if is_changed:
        shares = QueueShare.objects.filter(vendor=vendor).order_by("routing")
        details = {"shares": [list(pair) for pair in shares.values_list("routing__queue_id", "percent")]}
        audit.record("vendor.shares_changed", by=SYSTEM, subject=vendor, details=details)
    return is_changed


def _write(vendor: Vendor, contract: Contract, percent: int) -> bool:
    wanted = set(RoutingQueue.objects.filter(queue__in=contract.queues.all()).values_list("pk", flat=True))
    rows = QueueShare.objects.filter(vendor=vendor)
    gone, _by_model = rows.exclude(routing__in=wanted).delete()
    changed = rows.exclude(percent=percent).update(percent=percent)
    missing = sorted(wanted - set(rows.values_list("routing_id", flat=True)))
    QueueShare.objects.bulk_create(
        [QueueShare(routing_id=pk, vendor=vendor, percent=percent) for pk in missing], ignore_conflicts=True
    )
    return bool(gone or changed or missing)
