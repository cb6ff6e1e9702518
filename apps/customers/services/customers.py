"""What staff do to customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.customers.enums import CustomerLevel, TagTarget
from apps.customers.errors import IdentityTaken
from apps.customers.events import CustomerCreated, CustomerUpdated, IdentityAdded, IdentityRemoved
from apps.customers.identities import all_kinds, normalize, tail_of
from apps.customers.models import Customer, CustomerNote, Identity, Organization, Tag
from apps.customers.services.resolution import tidy_name
from apps.privacy.lens import Lens, lens_for, writes_blind
from apps.privacy.permits import SEE_MINORS

LABELS = {
    "name": _("Name"),
    "level": _("Level"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "prefers": _("Prefers"),
    "organization": _("Organization"),
}
MAX_NOTE = 20_000


@transaction.atomic
def create_customer(
    *,
    by: Actor,
    name: str = "",
    level: str = CustomerLevel.STANDARD,
    language: str = "",
    time_zone: str = "",
    organization: Organization | None = None,
    identities: Collection[tuple[str, str]] = (),
) -> Customer:
    """A customer entered by hand or by the API. Its identities must be nobody's yet."""
    require(by, "customers.edit")
    customer = Customer(
        name=tidy_name(name), level=level, language=language, time_zone=time_zone, organization=organization
    )
    _check(customer)
    customer.save()
    publish(CustomerCreated(customer_id=customer.pk), by=by)
    for kind, value in identities:
        _add_identity(customer, kind=kind, value=value, scope="", verified=False, by=by)
    return customer


@transaction.atomic
def update_customer(*, customer: Customer, by: Actor, version: int | None = None, **changes: Any) -> Customer:
    """Changes name, level, language, time zone or organization; with `version` only if nobody else saved since."""
    unknown = set(changes) - set(LABELS)
    if unknown:
        raise TypeError(f"update_customer() does not set {sorted(unknown)}")
    row = editable(customer, by)
    if "name" in changes:
        changes["name"] = tidy_name(changes["name"])
    _require_version(row, version, changes, by)
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, changes[name])
    _check(row)
    row.save_versioned(update_fields=changed)
    publish(CustomerUpdated(customer_id=row.pk, fields=changed, version=row.version), by=by)
    return row


def _require_version(row: Customer, version: int | None, changes: Mapping[str, Any], by: Actor) -> None:
    """What the other editor left is told as the second one may see it."""
    lens = lens_for(by).of(row.is_minor)
    row.require_version(
        version,
        [
            {
                "field": name,
                "label": str(LABELS[name]),
                "current": _shown(lens, name, getattr(row, name)),
                "yours": _shown(lens, name, value),
            }
            for name, value in changes.items()
            if getattr(row, name) != value
        ],
    )


def _shown(lens: Lens, field: str, value: Any) -> str:
    if field == "organization":
        return value.name if value is not None else ""
    return lens.name(value) if field == "name" else str(value)


@transaction.atomic
def add_identity(
    *, customer: Customer, kind: str, value: str, by: Actor, scope: str = "", verified: bool = False
) -> Identity:
    """A handle of somebody else is refused in the same words whether the actor may see that customer or not."""
    row = editable(customer, by)
    return _add_identity(row, kind=kind, value=value, scope=scope, verified=verified, by=by)


def _add_identity(row: Customer, *, kind: str, value: str, scope: str, verified: bool, by: Actor) -> Identity:
    normalized = normalize(kind, value)
    identity = Identity(
        customer=row,
        kind=kind,
        scope=scope,
        value=normalized,
        tail=tail_of(kind, normalized),
        verified_at=clock.now() if verified else None,
        is_primary=not row.identities.filter(kind=kind, is_primary=True).exists(),
    )
    Identity.objects.bulk_create([identity], ignore_conflicts=True)
    stored = Identity.objects.handle(kind=kind, value=normalized, scope=scope).first()
    if stored is None or (stored.pk != identity.pk and stored.customer_id != row.pk):
        raise IdentityTaken
    if stored.is_claimed:
        # A colleague's word makes it the customer's own, which naming it did not.
        Identity.objects.filter(pk=stored.pk).update(is_claimed=False)
        stored.is_claimed = False
    if stored.pk == identity.pk:
        publish(IdentityAdded(customer_id=row.pk, identity_id=stored.pk, identity_kind=kind), by=by)
        audit.record("customer.identity_added", by=by, subject=stored, details={"kind": kind})
    return stored


@transaction.atomic
def remove_identity(*, identity: Identity, by: Actor) -> None:
    """Its next message will be a new customer's, whom nobody has marked as a minor yet: who sees minors takes it from one."""
    row = editable(identity.customer, by)
    if row.is_minor:
        require(by, SEE_MINORS)
    found = Identity.objects.filter(pk=identity.pk, customer=row).first()
    if found is None:
        raise NotVisible
    fact = IdentityRemoved(customer_id=row.pk, identity_id=found.pk, identity_kind=found.kind)
    found.delete()
    publish(fact, by=by)
    audit.record("customer.identity_removed", by=by, subject=row, details={"kind": fact.identity_kind})


@transaction.atomic
def prefer_identity(*, identity: Identity, by: Actor) -> Identity:
    """The one of its kind that is used first when staff write."""
    row = editable(identity.customer, by)
    row.identities.filter(kind=identity.kind, is_primary=True).exclude(pk=identity.pk).update(is_primary=False)
    row.identities.filter(pk=identity.pk).update(is_primary=True)
    identity.is_primary = True
    publish(CustomerUpdated(customer_id=row.pk, fields=["identities"], version=row.version), by=by)
    return identity


@transaction.atomic
def add_note(*, customer: Customer, body: str, by: Actor, is_pinned: bool = False) -> CustomerNote:
    row = editable(customer, by)
    if by.user is None:
        raise NotVisible
    is_blind = writes_blind(by, is_minor=row.is_minor)
    note = CustomerNote(customer=row, author=by.user, body=_note_body(body), is_blind=is_blind, is_pinned=is_pinned)
    note.save()
    publish(CustomerUpdated(customer_id=row.pk, fields=["notes"], version=row.version), by=by)
    return note


@transaction.atomic
def update_note(
    *, note: CustomerNote, by: Actor, body: str | None = None, is_pinned: bool | None = None
) -> CustomerNote:
    """Anybody who may edit the customer pins; only its author rewrites a note."""
    row = editable(note.customer, by)
    if body is not None:
        _require_author(note, by)
        note.body, note.is_blind = _note_body(body), writes_blind(by, is_minor=row.is_minor)
    if is_pinned is not None:
        note.is_pinned = is_pinned
    note.save(update_fields=["body", "is_blind", "is_pinned", "updated"])
    audit.record("customer.note_changed", by=by, subject=note)
    publish(CustomerUpdated(customer_id=row.pk, fields=["notes"], version=row.version), by=by)
    return note


@transaction.atomic
def remove_note(*, note: CustomerNote, by: Actor) -> None:
    row = editable(note.customer, by)
    _require_author(note, by)
    audit.record("customer.note_removed", by=by, subject=note)
    note.delete()
    publish(CustomerUpdated(customer_id=row.pk, fields=["notes"], version=row.version), by=by)


def _require_author(note: CustomerNote, by: Actor) -> None:
    if note.author_id != by.user_id:
        require(by, "customers.merge")


def _note_body(body: str) -> str:
    text = body.replace("\x00", "").strip()
    if not text or len(text) > MAX_NOTE:
        raise InvalidInput(fields={"body": [_("Write between 1 and %(most)s characters.") % {"most": MAX_NOTE}]})
    return text


@transaction.atomic
def set_tags(*, customer: Customer, keys: Collection[str], by: Actor) -> Customer:
    """Makes the customer's tags exactly these. A tag that is switched off stays where it is and is not given anew."""
    row = editable(customer, by)
    current = set(row.tags.values_list("key", flat=True))
    offered = Tag.objects.filter(Q(is_active=True) | Q(key__in=current), key__in=keys).exclude(target=TagTarget.TICKETS)
    tags = list(offered)
    missing = set(keys) - {tag.key for tag in tags}
    if missing:
        raise InvalidInput(fields={"tags": [_("These tags do not exist: %(names)s") % {"names": ", ".join(missing)}]})
    if current != set(keys):
        row.tags.set(tags)
        row.save_versioned(update_fields=[])
        publish(CustomerUpdated(customer_id=row.pk, fields=["tags"], version=row.version), by=by)
    return row


def editable(customer: Customer, by: Actor) -> Customer:
    """The row, locked, if the actor may see and edit it."""
    row = (
        Customer.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .filter(pk=customer.pk)
        .first()
    )
    if row is None:
        raise NotVisible
    require(by, "customers.edit", row)
    return row


def _check(customer: Customer) -> None:
    errors: dict[str, list[Any]] = {}
    if customer.level not in CustomerLevel.values:
        errors["level"] = [_("This level does not exist.")]
    if customer.time_zone and customer.time_zone not in available_timezones():
        errors["time_zone"] = [_("This time zone does not exist.")]
    if customer.prefers and customer.prefers not in all_kinds():
        errors["prefers"] = [_("This kind of identity is not known.")]
    if len(customer.language) > 10:
        errors["language"] = [_("This language is not available.")]
    if errors:
        raise InvalidInput(fields=errors)
