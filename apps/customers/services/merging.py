"""One person under two records. A merge sets a pointer and rewrites nothing else, so that undoing it is cheap; but where
one of them is a minor, all are from then on, and stay so.
"""

from __future__ import annotations

from django.db import transaction

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.customers.errors import MergeRefused, NotMerged
from apps.customers.events import CustomersMerged, CustomersUnmerged
from apps.customers.minors import minors
from apps.customers.models import Customer, CustomerMerge
from apps.customers.services.family import mark_minor


@transaction.atomic
def merge_customers(*, survivor: Customer, merged: Customer, by: Actor) -> Customer:
    """Both must be visible to the actor. What had been merged into the second follows it to the first."""
    rows = _locked(by, survivor, merged)
    survivor, merged = rows[survivor.pk], rows[merged.pk]
    require(by, "customers.merge", survivor)
    require(by, "customers.merge", merged)
    if survivor.pk == merged.pk or survivor.merged_into_id or merged.merged_into_id:
        raise MergeRefused
    followers = list(merged.merged_from.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    CustomerMerge.objects.create(survivor=survivor, merged=merged, moved_ids=followers)
    Customer.objects.filter(pk__in=followers).update(merged_into=survivor)
    merged.merged_into = survivor
    merged.save_versioned(update_fields=["merged_into"])
    if family := minors([survivor.pk, merged.pk, *followers]):
        mark_minor([survivor.pk, merged.pk, *followers], is_minor=True)
        audit.record("customer.minor_carried", by=by, subject=survivor, details={"from": sorted(family)})
        survivor.refresh_from_db(fields=["is_minor", "version"])
    survivor.save_versioned(update_fields=[])
    publish(CustomersMerged(customer_id=survivor.pk, merged_id=merged.pk), by=by)
    audit.record("customer.merged", by=by, subject=survivor, details={"merged_id": merged.pk})
    return survivor


@transaction.atomic
def unmerge_customers(*, merged: Customer, by: Actor) -> Customer:
    """The record stands by itself again, with those that came along with it."""
    rows = _locked(by, merged)
    merged = rows[merged.pk]
    require(by, "customers.merge", merged)
    merge = CustomerMerge.objects.select_for_update(no_key=True).filter(merged=merged, undone_at__isnull=True).first()
    if merge is None or merged.merged_into_id is None:
        raise NotMerged
    survivor_id = merged.merged_into_id
    Customer.objects.filter(pk__in=merge.moved_ids, merged_into_id=survivor_id).update(merged_into=merged)
    merged.merged_into = None
    merged.save_versioned(update_fields=["merged_into"])
    merge.undone_at = clock.now()
    merge.save(update_fields=["undone_at"])
    publish(CustomersUnmerged(customer_id=survivor_id, merged_id=merged.pk), by=by)
    audit.record("customer.unmerged", by=by, subject=merged, details={"survivor_id": survivor_id})
    return merged


def _locked(by: Actor, *customers: Customer) -> dict[int, Customer]:
    """The rows, locked in order of id; not visible even if only one of them is hidden."""
    wanted = sorted({customer.pk for customer in customers})
    visible = Customer.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    rows = {row.pk: row for row in visible.filter(pk__in=wanted).order_by("pk")}
    if len(rows) != len(wanted):
        raise NotVisible
    return rows
