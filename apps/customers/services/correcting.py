"""What of a customer can be corrected at their request, and correcting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.customers.identities import kind_of, normalize
from apps.customers.models import Customer, Identity
from apps.customers.selectors import family_identities, identity_row
from apps.customers.services.customers import LABELS, add_identity, remove_identity, update_customer
from apps.privacy.lens import lens_for
from apps.privacy.people import Correctable, Corrected

FIELDS: Final = ("name", "language", "time_zone")
HANDLE: Final = "handle"


def correctable(pk: int, actor: Actor) -> list[Correctable]:
    """Nothing of somebody whom the actor does not see."""
    if not Customer.objects.visible_to(actor).filter(pk=pk).exists():
        return []
    row = _found(pk, actor)
    lens = lens_for(actor).of(row.is_minor)
    own = [
        Correctable(name, LABELS[name], lens.name(row.name) if name == "name" else getattr(row, name))
        for name in FIELDS
    ]
    handles = [
        Correctable(f"{HANDLE}:{each.public_id}", kind_of(each.kind).label, identity_row(each, lens).value)
        for each in family_identities(row)
    ]
    return own + handles


@transaction.atomic
def correct(pk: int, changes: Mapping[str, str], by: Actor) -> Corrected:
    """A handle that was wrong goes, and the right one comes, unproved. Raises InvalidInput, IdentityTaken, NotVisible."""
    row = _found(pk, by)
    identities = {f"{HANDLE}:{each.public_id}": each for each in family_identities(row)}
    own: dict[str, Any] = {key: value.strip() for key, value in changes.items() if key in FIELDS}
    before = {key: getattr(row, key) for key, value in own.items() if getattr(row, key) != value}
    saved = update_customer(customer=row, by=by, **own)
    after = {key: getattr(saved, key) for key in before}
    for key, value in changes.items():
        if key in FIELDS:
            continue
        if key not in identities:
            raise InvalidInput(fields={key: []})
        _replace(row, identities[key], value, by, before, after)
    return Corrected(before, after)


def _replace(
    row: Customer, identity: Identity, value: str, by: Actor, before: dict[str, str], after: dict[str, str]
) -> None:
    new = normalize(identity.kind, value)
    if new == identity.value:
        return
    key = f"{HANDLE}.{identity.kind}"
    before[key], after[key] = identity.value, new
    remove_identity(identity=identity, by=by)
    add_identity(customer=row, kind=identity.kind, value=new, scope=identity.scope, by=by)


def _found(pk: int, actor: Actor) -> Customer:
    row = Customer.objects.visible_to(actor).select_related("merged_into").filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row.merged_into or row
