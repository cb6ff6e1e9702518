"""Makes what a vendor's people may see, and whether they may come in at all, exactly what their contract says now.

Everything that changes a contract, and time itself, ends here. Called twice, or by two at once, it changes nothing more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.accounts.models import Team, User, Vendor
from apps.accounts.services.grants import write_grants
from apps.accounts.services.vendors import close_vendor, open_vendor
from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.live import cut_off
from apps.core.wake import wake
from apps.outsourcing.enums import ContractState
from apps.outsourcing.models import Contract
from apps.outsourcing.selectors.contracts import KINDS, Kind
from apps.outsourcing.services.shares import set_shares


@transaction.atomic
def settle(vendor_id: int, *, by: Actor = SYSTEM) -> bool:
    """Locks the vendor first, so that whoever comes meanwhile waits and then finds nothing to do. Says whether anything
    changed. A vendor none of whose contracts has begun is left as its managers set it up.
    """
    vendor = Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=vendor_id)
    moment = now()
    contracts = list(vendor.contracts.all())
    is_changed = bool(sum(_end_if_over(contract, moment) for contract in contracts))
    if not any(contract.has_begun(moment) for contract in contracts):
        return is_changed
    ruling = next((contract for contract in contracts if contract.is_in_force(moment)), None)
    has_gained, has_lost = _grant(vendor, ruling, by)
    is_changed |= has_gained or has_lost
    is_changed |= set_shares(vendor, ruling)
    is_changed |= _move_door(vendor, is_open=ruling is not None, by=by)
    for contract in contracts:
        _mark(contract, is_applied=contract is ruling, is_narrowed=contract is ruling and has_lost)
    if has_lost:
        cut_off(User.objects.filter(vendor=vendor).values_list("pk", flat=True))
        wake("outsourcing.free_work")
    return is_changed


def _end_if_over(contract: Contract, moment: datetime) -> bool:
    if not contract.is_over(moment):
        return False
    contract.state = ContractState.ENDED
    contract.save(update_fields=["state", "updated"])
    audit.record("contract.ended", by=SYSTEM, subject=contract, details={"last_day": contract.ends_on.isoformat()})
    return True


def _grant(vendor: Vendor, ruling: Contract | None, by: Actor) -> tuple[bool, bool]:
    """To every team, those that are switched off among them: switched on again they must not hold more. Says whether
    anything was given, and whether anything was taken.
    """
    limits = ruling is None or not ruling.covers_all_categories
    has_gained, has_lost = (
        False,
        bool(Vendor.objects.filter(pk=vendor.pk, limits_categories=not limits).update(limits_categories=limits)),
    )
    opened = {kind: _opened_by(ruling, kind) for kind in KINDS}
    for team in Team.objects.filter(vendor=vendor).order_by("pk"):
        for kind, ids in opened.items():
            change = write_grants(team=team, grant_model=kind.grants, codename=kind.codename, object_ids=ids, by=by)
            has_gained |= bool(change.added)
            has_lost |= bool(change.removed)
    return has_gained, has_lost


def _opened_by(contract: Contract | None, kind: Kind) -> Collection[int]:
    """Grants of categories limit, so of all of them there are none."""
    if contract is None or (kind.name == "categories" and contract.covers_all_categories):
        return ()
    return set(getattr(contract, kind.name).values_list("pk", flat=True))


def _move_door(vendor: Vendor, *, is_open: bool, by: Actor) -> bool:
    if is_open:
        return open_vendor(vendor=vendor, by=by)
    is_closed = close_vendor(vendor=vendor, by=by)
    if is_closed:
        wake("routing.deactivated")
    return is_closed


def _mark(contract: Contract, *, is_applied: bool, is_narrowed: bool) -> None:
    """What was narrowed once stays so until the work is back, however often it is looked at meanwhile."""
    is_narrowed |= contract.is_narrowed and is_applied
    if (contract.is_applied, contract.is_narrowed) != (is_applied, is_narrowed):
        contract.is_applied, contract.is_narrowed = is_applied, is_narrowed
        contract.save(update_fields=["is_applied", "is_narrowed", "updated"])


def follow_time() -> int:
    """Contracts whose first or last day has come. They are few, so all that live are looked at."""
    moment = now()
    due = {contract.vendor_id for contract in Contract.objects.live() if contract.is_due(moment)}
    return sum(settle(vendor_id) for vendor_id in sorted(due))


def mend_grants() -> int:
    """What was granted past the contracts, or is missing since a team was made: by hand, by a script, by a restore."""
    vendors = Contract.objects.binding().order_by("vendor_id").values_list("vendor_id", flat=True).distinct()
    return sum(settle(vendor_id) for vendor_id in vendors)
