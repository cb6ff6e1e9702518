"""Further handles that an input names, and to whom a handle belongs that two people have to do with.

Who wrote from a handle, or was proved to have it, comes before who only named it. A claim alone makes nobody the same
person: where it meets somebody else's handle, a merge is suggested and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.inserting import insert_unless_there
from apps.customers.enums import SuggestionReason
from apps.customers.identities import normalize, tail_of
from apps.customers.models import Customer, Identity
from apps.customers.names import names_agree
from apps.customers.services.family import living
from apps.customers.services.suggestions import suggest_merge

MAX_CLAIMS = 10


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A handle that somebody's input names; `is_proved` when the platform vouches for it."""

    kind: str
    value: str
    scope: str = ""
    is_proved: bool = False


def add_claims(*, customer: Customer, claims: Iterable[Claim], by: Actor) -> None:
    """Keeps what is nobody's yet, confirms what is the customer's own, and leaves the rest to its owner or to people."""
    for claim in sorted(filter(None, map(_normalized, list(claims)[:MAX_CLAIMS]))):  # sorted: they are locked in turn
        row = _found(claim)
        if row is None:
            _keep(customer, claim)
        elif living(row.customer).pk == living(customer).pk:
            _confirm(row, claim)
        else:
            _meet(customer, row, claim, by)


def hand_over(*, identity: Identity, to: Customer, by: Actor) -> None:
    """The handle is the other's, who was proved to have it or writes from it; whoever had only named it loses it.

    The caller holds the row's lock.
    """
    former = identity.customer
    identity.customer = to
    identity.is_claimed = False
    identity.is_primary = not to.identities.filter(kind=identity.kind, is_primary=True).exists()
    identity.save(update_fields=["customer", "is_claimed", "is_primary", "updated"])
    suggest_merge(one=former, other=to, reason=SuggestionReason.TAKEN_OVER, identity=identity, by=by)


def _normalized(claim: Claim) -> Claim | None:
    try:
        return replace(claim, value=normalize(claim.kind, claim.value))
    except InvalidInput:
        return None


def _found(claim: Claim) -> Identity | None:
    rows = Identity.objects.select_related("customer__merged_into")
    return rows.handle(kind=claim.kind, value=claim.value, scope=claim.scope).first()


def _keep(customer: Customer, claim: Claim) -> None:
    row = Identity(
        customer=customer,
        kind=claim.kind,
        scope=claim.scope,
        value=claim.value,
        tail=tail_of(claim.kind, claim.value),
        verified_at=clock.now() if claim.is_proved else None,
        is_claimed=not claim.is_proved,
    )
    insert_unless_there(row)


def _confirm(row: Identity, claim: Claim) -> None:
    if claim.is_proved and (row.verified_at is None or row.is_claimed):
        row.verified_at = row.verified_at or clock.now()
        row.is_claimed = False
        row.save(update_fields=["verified_at", "is_claimed", "updated"])


def _meet(customer: Customer, row: Identity, claim: Claim, by: Actor) -> None:
    """Somebody else has what this customer's input names."""
    owner = row.customer
    if claim.is_proved and row.is_claimed:
        row = Identity.objects.select_related("customer").select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        if row.is_claimed:
            hand_over(identity=row, to=customer, by=by)
            _confirm(row, claim)
    elif claim.is_proved and row.verified_at is not None:
        suggest_merge(one=owner, other=customer, reason=SuggestionReason.PROVED_BY_BOTH, identity=row, by=by)
    elif names_agree(living(owner).name, living(customer).name):
        suggest_merge(one=owner, other=customer, reason=SuggestionReason.CLAIM_AND_NAME, identity=row, by=by)
