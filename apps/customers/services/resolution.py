"""From a handle to the one customer behind it, however many workers meet a new sender at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.events import publish
from apps.core.fields import blind_index
from apps.core.inserting import insert, insert_unless_there
from apps.core.prepared import Prepared
from apps.core.sequences import next_id
from apps.customers.events import CustomerCreated
from apps.customers.identities import normalize, tail_of
from apps.customers.models import Customer, Identity
from apps.customers.services.claims import hand_over
from apps.customers.services.family import living

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Tie:
    """A handle that the sender was proved to have as well."""

    kind: str
    value: str
    scope: str = ""


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
    ties: Sequence[Tie] = (),
) -> tuple[Customer, Identity, bool]:
    """The customer of a handle, the identity, and whether both are new.

    The identity is inserted first, under its unique key, with the id of a customer that does not exist yet (the foreign
    key is checked at commit). Who wins writes the customer; who loses waits for the winner's commit and reads its row.

    A handle that nobody has yet goes to the customer of its first tie that is proved on both sides. The tie is found or
    made the same race-free way before it, so two new handles with one tie have one customer, whichever comes first.

    A handle that somebody else's input had only named is not theirs when its holder writes: it goes to a new customer,
    and a merge is suggested.
    """
    normalized = normalize(kind, value, region)
    identity = _find(kind, normalized, scope)
    if identity is not None and identity.is_claimed:
        identity = _locked(identity)
        if identity.is_claimed:
            return _claim_back(identity, name=name, language=language, verified=verified, by=by), identity, True
    if identity is None:
        owner, is_new_owner = _tied(ties, name=name, language=language, region=region, by=by)
        identity, is_new = _insert(kind, normalized, scope, verified, owner)
        if is_new and (owner is None or is_new_owner):
            customer = owner or _create(identity.customer_id, name=name, language=language, by=by)
            identity.customer = customer
            return customer, identity, True
    customer = living(identity.customer)
    _learn(customer, identity, name=name, language=language, verified=verified)
    return customer, identity, False


def _locked(identity: Identity) -> Identity:
    rows = Identity.objects.select_related("customer__merged_into").select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=identity.pk).first()
    if row is None:
        raise ResolutionRaced
    return row


def _claim_back(identity: Identity, *, name: str, language: str, verified: bool, by: Actor) -> Customer:
    """A customer of their own for who writes from a handle that another's input had only named."""
    customer = _create(next_id(Customer, block=32), name=name, language=language, by=by)
    if verified:
        identity.verified_at = clock.now()
        identity.save(update_fields=["verified_at", "updated"])
    hand_over(identity=identity, to=customer, by=by)
    return customer


def _tied(ties: Sequence[Tie], *, name: str, language: str, region: str, by: Actor) -> tuple[Customer | None, bool]:
    """Whom the ties lead to, and whether that record is new. One that was only claimed there leads to nobody."""
    for tie in ties:
        try:
            value = normalize(tie.kind, tie.value, region)
        except InvalidInput:
            continue
        row = _find(tie.kind, value, tie.scope)
        if row is None:
            row, is_new = _insert(tie.kind, value, tie.scope, verified=True)
            if is_new:
                return _create(row.customer_id, name=name, language=language, by=by), True
        if row.verified_at is not None:
            return living(row.customer), False
    return None, False


# Every message that comes in asks for its sender.
_identities = Prepared(
    lambda kind, scope, index: Identity.objects.select_related("customer__merged_into").filter(
        kind=kind, scope=scope, value_index=index
    ),
    kind=str,
    scope=str,
    index=bytes,
)


def _find(kind: str, normalized: str, scope: str) -> Identity | None:
    return _identities.first(kind=kind, scope=scope, index=blind_index(Identity, "value_index", normalized))


def _insert(
    kind: str, normalized: str, scope: str, verified: bool, owner: Customer | None = None
) -> tuple[Identity, bool]:
    row = Identity(
        customer_id=next_id(Customer, block=32) if owner is None else owner.pk,
        kind=kind,
        scope=scope,
        value=normalized,
        tail=tail_of(kind, normalized),
        verified_at=clock.now() if verified else None,
        is_primary=owner is None or not owner.identities.filter(kind=kind, is_primary=True).exists(),
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
