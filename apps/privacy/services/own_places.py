"""What this app itself keeps of persons, and what core keeps for every app."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Brand
from apps.core.ids import public_id_for
from apps.core.models import IdempotentAnswer
from apps.core.storage import delete_file
from apps.privacy.enums import CopyKind, PackageState, TargetKind
from apps.privacy.holds import Naming, register_naming
from apps.privacy.models import AccessPackage, Consent, Correction, DataSubjectRequest
from apps.privacy.people import (
    Person,
    Place,
    Telling,
    delete_rows,
    register_copies,
    register_place,
    register_telling,
)


def _packages(person: Person) -> QuerySet[Any, Any]:
    return AccessPackage.objects.filter(request__customer_id__in=person.ids)


def _erase_packages(person: Person, rows: Sequence[Any]) -> None:
    for row in rows:
        take_away(row)


def take_away(row: AccessPackage) -> None:
    """The file goes, the record of it stays."""
    stored = row.file
    row.file, row.state = None, PackageState.GONE
    row.save(update_fields=["file", "state", "updated"])
    if stored is not None:
        delete_file(stored)


def _settled_requests(person: Person) -> QuerySet[Any, Any]:
    return DataSubjectRequest.objects.filter(customer_id__in=person.ids).exclude(settled_at=None)


def _erase_requests(person: Person, rows: Sequence[Any]) -> None:
    forget_words(DataSubjectRequest.objects.filter(pk__in=[row.pk for row in rows]))


def forget_words(rows: QuerySet[DataSubjectRequest]) -> None:
    """That there was a request and how it ended stays, as the law asks; what was written in it goes."""
    Correction.objects.filter(request__in=rows.values("pk")).update(before={}, after={})
    rows.update(asked_by="", wish="", check_note="", answer="")


def _answers(person: Person) -> QuerySet[Any, Any]:
    return IdempotentAnswer.objects.all()


def _is_about(person: Person, row: Any) -> bool:
    text = json.dumps(row.answer, ensure_ascii=False, cls=DjangoJSONEncoder)
    return any(_public_id(pk) in text for pk in person.ids) or person.is_named_in(text)


def _public_id(pk: int) -> str:
    from django.apps import apps

    return public_id_for(apps.get_model("customers", "Customer"), pk)


def _erase_answers(person: Person, rows: Sequence[Any]) -> None:
    """The repetition of a request is still known as one; what it was answered is not."""
    for row in rows:
        row.answer = {"body": {}, "headers": {}, "subject": None}
        row.save(update_fields=["answer"])


def _tell_requests(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in DataSubjectRequest.objects.filter(customer_id__in=person.ids).order_by("pk"):
        yield {
            "kind": row.kind,
            "received": row.received_at,
            "due": row.due_at,
            "state": row.state,
            "wish": row.wish,
            "answer": row.answer,
            "restricted": row.restricts_from,
            "restriction_lifted": row.lifted_at,
            "corrected": [field for made in row.corrections.all() for field in made.fields],
        }


def _consents(person: Person) -> QuerySet[Any, Any]:
    return Consent.objects.of(person.ids)


def _tell_consents(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _consents(person).select_related("notice__brand").order_by("pk"):
        yield {
            "purpose": row.purpose,
            "basis": row.basis,
            "given": row.given_at,
            "given_by": row.shown,
            "notice": str(row.notice) if row.notice else "",
            "language": row.language,
            "withdrawn": row.withdrawn_at,
            "withdrawn_by": row.withdrawn_by,
        }


def _copies_made(person: Person) -> Iterator[Mapping[str, str]]:
    """Those that were fetched, or still can be."""
    for row in (
        _packages(person)
        .exclude(state__in=(PackageState.FAILED, PackageState.GONE), downloads=0)
        .select_related("request")
    ):
        address = reverse("admin:privacy-request", args=[row.request_id])
        yield {
            "kind": CopyKind.PACKAGE.value,
            "name": row.request.public_id,
            "since": row.created.isoformat(),
            "address": address,
        }


def register() -> None:
    register_copies(_copies_made)
    register_place(Place("privacy.consent", _("consents"), _consents, delete_rows))
    register_telling(Telling("consents", _("What you allowed and took back"), _tell_consents))
    register_place(Place("privacy.package", _("copies made for the person"), _packages, _erase_packages))
    register_place(Place("privacy.request", _("earlier requests"), _settled_requests, _erase_requests))
    register_place(
        Place(
            "core.answer", _("kept answers of the API"), _answers, _erase_answers, concerns=_is_about, is_counted=False
        )
    )
    register_telling(Telling("requests", _("What you asked for about your data"), _tell_requests))
    register_naming(TargetKind.BRAND, Naming(_brand_named, _brand_title))


def _brand_named(text: str) -> int | None:
    return Brand.objects.filter(key=text).values_list("pk", flat=True).first()


def _brand_title(pk: int) -> str:
    return str(Brand.objects.filter(pk=pk).values_list("key", flat=True).first() or "—")
