"""What is kept about reveals of a person: told to them, and without words when they are erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.privacy.models import Reveal
from apps.privacy.people import Person, Place, Telling, register_place, register_telling
from apps.privacy.reveal_querysets import RevealQuerySet


def register() -> None:
    register_place(Place("privacy.reveal", _("reasons of reveals"), _reveals, _erase))
    register_telling(Telling("reveals", _("When a hidden value of yours was shown to staff"), _tell))


def _reveals(person: Person) -> RevealQuerySet:
    return Reveal.objects.filter(customer_id__in=person.ids)


def _erase(person: Person, rows: Sequence[Any]) -> None:
    """That something was shown, to whom and when, stays."""
    for row in rows:
        row.reason, row.decision = "", ""
        row.save(update_fields=["reason", "decision"])


def _tell(person: Person) -> Iterator[Mapping[str, Any]]:
    """Not who saw it, and not their words, which may name others."""
    for row in _reveals(person).shown().order_by("pk"):
        yield {"what": row.field_class, "why": row.reason_kind, "shown": row.shown_at}
