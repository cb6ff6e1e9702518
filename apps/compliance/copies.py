"""Exports of persons that somebody fetched, for the list of who had a value that was corrected since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.urls import reverse

from apps.compliance.models import Export
from apps.privacy.enums import CopyKind
from apps.privacy.people import Person

MOST: Final = 50


def fetched_exports(person: Person) -> Iterator[Mapping[str, str]]:
    """The newest. What is in them is sealed, so each may hold the person; an index of persons would be one more copy."""
    for row in Export.objects.filter(fetched__gt=0).order_by("-pk")[:MOST]:
        yield {
            "kind": CopyKind.EXPORT.value,
            "name": row.public_id,
            "since": row.asked_at.isoformat(),
            "address": reverse("admin:compliance_export_change", args=[row.pk]),
        }
