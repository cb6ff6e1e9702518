"""From a handle to the one customer behind it, however many workers meet a new sender at once."""

from __future__ import annotations

from django.db import transaction

from apps.core import clock
from apps.core.actor import Actor
from apps.core.events import publish
from apps.core.inserting import insert, insert_unless_there
from apps.core.sequences import next_id
from apps.customers.events import CustomerCreated
from apps.customers.identities import normalize, tail_of
from apps.customers.models import Customer, Identity

MAX_NAME = 200


@transaction.atomic
def resolve_customer(
    *,
    kind: str,
    value: str,
    scope: str = "",
    name: str = "",
    language: str = "",
    verified: bool = False,
    by: Actor,
    region: str = "CN",
) -> tuple[Customer, Identity, bool]:
    """The customer of a handle, the identity, and whether both are new.

    The identity is inserted first, under its unique key, with the id of a customer that does not exist yet (the foreign
    key is checked at commit). Who wins writes the customer; who loses waits for the winner's commit and reads its row.
    """
    normalized = normalize(kind, value, region)
    identity = _find(kind, normalized, scope)
    if identity is None:
        identity, is_new = _insert(kind, normalized, scope, verified)
        if is_new:
            customer = _create(identity.customer_id, name=name, language=language, by=by)
            identity.customer = customer
            return customer, identity, True
    customer = living(identity.customer)
    _learn(customer, identity, name=name, language=language, verified=verified)
    return customer, identity, False


def living(customer: Customer) -> Customer:
    """The record that a merged one points to. Pointers are never longer than one step; a cycle would stop here."""
    seen = {customer.pk}
    while customer.merged_into is not None and customer.merged_into_id not in seen:
        customer = customer.merged_into
        seen.add(customer.pk)
    return customer


def _find(kind: str, normalized: str, scope: str) -> Identity | None:
    return (
        Identity.objects.select_related("customer__merged_into")
        .handle(kind=kind, value=normalized, scope=scope)
        .first()
    )


def _insert(kind: str, normalized: str, scope: str, verified: bool) -> tuple[Identity, bool]:
    customer_id = next_id(Customer, block=32)
    row = Identity(
        customer_id=customer_id,
        kind=kind,
        scope=scope,
        value=normalized,
        tail=tail_of(kind, normalized),
        verified_at=clock.now() if verified else None,
        is_primary=True,
    )
    if insert_unless_there(row):
        return row, True
    other = _find(kind, normalized, scope)
    if other is None:
        # The row that stood in the way was deleted since; the caller's transaction is tried again from the start.
        raise ResolutionRaced
    return other, False


class ResolutionRaced(RuntimeError):
    """Transient: an identity vanished between the conflict and the reading."""


def _create(pk: int, *, name: str, language: str, by: Actor) -> Customer:
    customer = Customer(pk=pk, name=tidy_name(name), language=language)
    insert(customer)
    publish(CustomerCreated(customer_id=pk), by=by, customer_id=pk)
    return customer


def _learn(customer: Customer, identity: Identity, *, name: str, language: str, verified: bool) -> None:
    """Fills what was not known; never changes what staff or the customer said before."""
    name = tidy_name(name)
    fields = [
        field for field, value in (("name", name), ("language", language)) if value and not getattr(customer, field)
    ]
    if fields:
        locked = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
        for field in fields:
            if not getattr(locked, field):
                setattr(locked, field, name if field == "name" else language)
        locked.save_versioned(update_fields=fields)
        for field in [*fields, "version"]:
            setattr(customer, field, getattr(locked, field))
    if verified and identity.verified_at is None:
        identity.verified_at = clock.now()
        identity.save(update_fields=["verified_at", "updated"])


def tidy_name(name: str) -> str:
    """One line without control characters, of bearable length."""
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())[:MAX_NAME]
