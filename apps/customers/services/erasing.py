"""What is kept of a person as a customer, and how it goes. The record itself stays as a pseudonym that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.actor import Actor
from apps.core.ids import public_id_for, read_public_id
from apps.customers import minors as young
from apps.customers.models import (
    Customer,
    CustomerNote,
    Guardian,
    Identity,
    MergeSuggestion,
    Organization,
    Verification,
)
from apps.customers.selectors import display_name, family_identities, family_ids, known_values, search_customers
from apps.customers.services import correcting
from apps.customers.services.family import living
from apps.privacy.enums import TargetKind
from apps.privacy.holds import Naming, register_naming
from apps.privacy.lens import Lens, lens_for
from apps.privacy.people import Person, Place, Telling, delete_rows, register_place, register_telling

# --- The directory (`privacy.people.Directory`) ----------------------------------------------------------------------

correctable, correct = correcting.correctable, correcting.correct


def person(pk: int) -> Person | None:
    """All records of the person whose record this is."""
    row = Customer.objects.select_related("merged_into").filter(pk=pk).first()
    if row is None:
        return None
    root = living(row)
    ids = family_ids(root)
    names = [each.name for each in Customer.objects.filter(pk__in=ids) if each.name]
    handles = [(each.kind, each.scope, each.value) for each in family_identities(root)]
    known = known_values(root)
    return Person(
        tuple(ids), tuple(dict.fromkeys(names)), tuple(handles), known, lacks_guardian=young.lacks_guardian(ids)
    )


def visible(pk: int, actor: Actor) -> Person | None:
    return person(pk) if Customer.objects.visible_to(actor).filter(pk=pk).exists() else None


def title(pk: int, lens: Lens) -> str:
    row = Customer.objects.filter(pk=pk).first()
    if row is None:
        return ""
    return display_name(row, family_identities(row), lens.of(row.is_minor)) or row.public_id


def minors(ids: Iterable[int]) -> set[int]:
    return young.minors(ids)


def lacks_guardian(ids: Iterable[int]) -> bool:
    return young.lacks_guardian(ids)


def address(pk: int) -> str:
    return reverse("admin:customers_customer_change", args=[pk])


def search(text: str, actor: Actor) -> list[tuple[int, str]]:
    """By a whole handle, name or reference, as on the desk: visible ones alone, at a bounded rate."""
    pk = read_public_id(Customer, text.strip())
    row = Customer.objects.visible_to(actor).filter(pk=pk).first() if pk is not None else None
    if row is not None:
        return [(row.pk, title(row.pk, lens_for(actor)))]
    return [(found.id, found.name or found.public_id) for found in search_customers(text, actor, 10)]


def cut(person: Person) -> None:
    """From here on nothing that they write is known to be theirs."""
    Verification.objects.filter(customer__in=person.ids).delete()
    Identity.objects.filter(customer__in=person.ids).delete()
    rows = Customer.objects.filter(pk__in=person.ids)
    _forget_companies(person, rows)
    Customer.tags.through.objects.filter(customer__in=person.ids).delete()
    moment = clock.now()
    rows.update(
        name="", name_index=None, language="", time_zone="", prefers="", organization=None, erased_at=moment,
        updated=moment, version=F("version") + 1,
    )  # fmt: skip


def _forget_companies(person: Person, rows: QuerySet[Customer]) -> None:
    """A company of theirs alone may be called after them."""
    others = Customer.objects.exclude(pk__in=person.ids).filter(organization__isnull=False)
    own = Organization.objects.filter(pk__in=rows.values("organization"))
    for company in own.exclude(pk__in=others.values("organization")):
        company.name, company.note = person.struck_from(company.name), person.struck_from(company.note)
        company.save(update_fields=["name", "note", "updated"])


def marks(person: Person) -> list[str]:
    rows = Identity.objects.filter(customer__in=person.ids)
    return [f"{row.kind}|{row.scope}|{bytes(row.value_index or b'').hex()}" for row in rows]


def marked(marks: Sequence[str], until: datetime) -> set[int]:
    """Living records that have one of these handles since before that moment."""
    found: set[int] = set()
    for mark in marks:
        kind, scope, digest = mark.split("|")
        rows = Identity.objects.filter(kind=kind, scope=scope, value_index=bytes.fromhex(digest), created__lte=until)
        found |= {living(row.customer).pk for row in rows.select_related("customer__merged_into")}
    return found


# --- Places ---------------------------------------------------------------------------------------------------------


def _notes(person: Person) -> QuerySet[Any, Any]:
    return CustomerNote.objects.filter(customer__in=person.ids)


def _guardians(person: Person) -> QuerySet[Any, Any]:
    return Guardian.objects.filter(customer__in=person.ids)


def _suggestions(person: Person) -> QuerySet[Any, Any]:
    return MergeSuggestion.objects.filter(Q(customer__in=person.ids) | Q(other__in=person.ids))


def _tell_customer(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in Customer.objects.filter(pk__in=person.ids).select_related("organization"):
        yield {
            "name": row.name,
            "level": row.level,
            "language": row.language,
            "time_zone": row.time_zone,
            "organization": row.organization.name if row.organization else "",
            "tags": [str(tag.name) for tag in row.tags.all()],
            "minor": row.is_minor,
            "since": row.created,
        }


def _tell_identities(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in Identity.objects.filter(customer__in=person.ids).order_by("pk"):
        yield {
            "kind": row.kind,
            "value": row.value,
            "verified": row.verified_at,
            "only_claimed": row.is_claimed,
            "opted_out": row.opted_out_at,
            "since": row.created,
        }


def _tell_notes(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _notes(person).order_by("pk"):
        yield {"written": row.created, "by": "staff", "text": row.body}


def _tell_guardian(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _guardians(person).order_by("pk"):
        yield {"name": row.name, "reached_by": row.handle, "consented": row.consented_on}


def register() -> None:
    register_place(Place("customers.note", _("notes about the customer"), _notes, delete_rows))
    register_place(Place("customers.guardian", _("the customer's guardian"), _guardians, delete_rows))
    register_place(Place("customers.suggestion", _("suggested merges"), _suggestions, delete_rows))
    register_telling(Telling("customer", _("Who you are to us"), _tell_customer))
    register_telling(Telling("identities", _("How we reach you"), _tell_identities))
    register_telling(Telling("notes", _("What staff noted about you"), _tell_notes))
    register_telling(Telling("guardian", _("Who decides for you"), _tell_guardian))
    register_naming(TargetKind.CUSTOMER, Naming(_named, _title))


def _named(text: str) -> int | None:
    pk = read_public_id(Customer, text)
    return pk if pk is not None and Customer.objects.filter(pk=pk).exists() else None


def _title(pk: int) -> str:
    return public_id_for(Customer, pk)
