"""What is kept of a visit: number, times and window stay for the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.counter.models import Visit
from apps.privacy.people import Person, Place, Telling, register_place, register_telling


def _visits(person: Person) -> QuerySet[Any, Any]:
    through = Q(interaction__customer__in=person.ids) | Q(interaction=None, ticket__customer__in=person.ids)
    return Visit.objects.filter(through)


def _erase(person: Person, rows: Sequence[Any]) -> None:
    Visit.objects.filter(pk__in=[row.pk for row in rows]).update(document="", document_tail="", client_id="")


def _tell(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _visits(person).select_related("branch").order_by("pk"):
        yield {
            "day": row.day,
            "branch": str(row.branch.name),
            "number": row.number,
            "served": row.serving_at,
            "document": row.document,
            "document_ends_with": row.document_tail,
            "satisfaction": row.satisfaction,
        }


def register() -> None:
    register_place(Place("counter.visit", _("documents shown at counters"), _visits, _erase))
    register_telling(Telling("visits", _("Your visits"), _tell))
