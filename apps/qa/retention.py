"""What customers wrote into surveys. Their scores stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.privacy.retention import Clock, DataClass, register_class, with_content
from apps.qa.models import SurveyResponse


def _responses() -> QuerySet[Any]:
    return with_content(SurveyResponse.objects.all(), "comment", "phone")


def _empty(ids: Sequence[int]) -> None:
    SurveyResponse.objects.filter(pk__in=ids).update(comment="", phone="")


def register() -> None:
    register_class(
        DataClass(
            "qa.answers", _("words and numbers in answers to surveys"), _responses, _empty,
            (Clock("answered", _("it was answered"), "answered_at"),),
            paths={"channel": "channel_id", "brand": "ticket__brand_id", "category": "ticket__category_id"},
            kept_with=("tickets.ticket", "ticket_id"),
        )
    )  # fmt: skip
