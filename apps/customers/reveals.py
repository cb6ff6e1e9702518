"""What of a customer can be shown in the clear for a reason: the name, a handle, a place in a note."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.ids import read_public_id
from apps.customers.identities import kind_of
from apps.customers.models import Customer, CustomerNote, Identity
from apps.customers.selectors import customer_rows, known_values, with_rows
from apps.privacy.enums import FieldClass
from apps.privacy.lens import lens_for
from apps.privacy.naming import Named, register_names
from apps.privacy.revealing import Part, Record, field_part, register_revealable, text_parts


def register() -> None:
    register_revealable("customer", Customer, _("Customer"), _customer)
    register_revealable("identity", Identity, _("Identity"), _identity)
    register_revealable("customer_note", CustomerNote, _("Note about a customer"), _note)
    register_names(Named.CUSTOMER, _names)


def _customer(actor: Actor, public_id: str) -> Record | None:
    row = Customer.objects.visible_to(actor).filter(pk=read_public_id(Customer, public_id) or 0).first()
    if row is None:
        return None
    return Record(row, row.pk, None, tuple(_name(row, actor)), is_minor=row.is_minor)


def _name(row: Customer, actor: Actor) -> Iterator[Part]:
    return field_part(lens_for(actor).of(row.is_minor), "name", FieldClass.NAME, row.name)


def _identity(actor: Actor, public_id: str) -> Record | None:
    rows = Identity.objects.visible_to(actor).select_related("customer")
    row = rows.filter(pk=read_public_id(Identity, public_id) or 0).first()
    if row is None:
        return None
    lens, is_minor = lens_for(actor).of(row.customer.is_minor), row.customer.is_minor
    parts = field_part(lens, "value", kind_of(row.kind).field_class, row.value)
    return Record(row, row.customer_id, None, tuple(parts), is_minor=is_minor)


def _note(actor: Actor, public_id: str) -> Record | None:
    rows = CustomerNote.objects.visible_to(actor).select_related("customer")
    row = rows.filter(pk=read_public_id(CustomerNote, public_id) or 0).first()
    if row is None:
        return None
    lens = lens_for(actor).of(row.customer.is_minor).for_staff_texts
    parts = text_parts(lens, "body", row.body, known=() if row.is_blind else known_values(row.customer))
    return Record(row, row.customer_id, None, tuple(parts), is_minor=row.customer.is_minor)


def _names(actor: Actor, ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Who has no name is told by what stands for it everywhere."""
    rows = customer_rows(with_rows(Customer.objects.visible_to(actor).filter(pk__in=ids)), lens_for(actor))
    return {row.id: (row.name or row.public_id, reverse("workbench:customer", args=[row.public_id])) for row in rows}
