"""What is kept of a customer's answers to surveys: the words go, the score stays for the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.privacy.people import Person, Place, Telling, register_place, register_telling
from apps.qa.models import SurveyResponse


def _answers(person: Person) -> QuerySet[Any, Any]:
    return SurveyResponse.objects.filter(ticket__customer__in=person.ids)


def _erase(person: Person, rows: Sequence[Any]) -> None:
    SurveyResponse.objects.filter(pk__in=[row.pk for row in rows]).update(comment="", phone="")


def _tell(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _answers(person).order_by("pk"):
        yield {"answered": row.answered_at, "score": row.score, "comment": row.comment, "phone": row.phone}


def register() -> None:
    register_place(Place("qa.response", _("words in surveys"), _answers, _erase))
    register_telling(Telling("surveys", _("Your answers to surveys"), _tell))
