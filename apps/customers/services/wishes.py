"""What customers want of being written to: not at all under one handle, or rather by one kind than by others."""

from __future__ import annotations

from django.db import transaction

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.events import publish
from apps.customers.events import CustomerUpdated
from apps.customers.models import Identity
from apps.customers.services.customers import editable


def note_wish(*, identity: Identity, wants_no_more: bool) -> None:
    """What the customer's own message says, within intake's transaction: who writes again wants to be answered."""
    if wants_no_more == (identity.opted_out_at is not None):
        return
    identity.opted_out_at = clock.now() if wants_no_more else None
    identity.save(update_fields=["opted_out_at", "updated"])


@transaction.atomic
def set_opted_out(*, identity: Identity, is_opted_out: bool, by: Actor) -> Identity:
    """By hand: nothing more is sent to this handle until it is allowed again."""
    row = editable(identity.customer, by)
    locked = Identity.objects.select_for_update(of=("self",), no_key=True).get(pk=identity.pk)
    if is_opted_out == (locked.opted_out_at is not None):
        return locked
    locked.opted_out_at = clock.now() if is_opted_out else None
    locked.save(update_fields=["opted_out_at", "updated"])
    row.save_versioned(update_fields=[])
    publish(CustomerUpdated(customer_id=row.pk, fields=["identities"], version=row.version), by=by)
    audit.record("customer.opted_out", by=by, subject=row, details={"kind": locked.kind, "is_opted_out": is_opted_out})
    return locked
