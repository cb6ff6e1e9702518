"""The last digits of documents that visitors showed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.counter.models import Visit
from apps.privacy.retention import Clock, DataClass, register_class, with_content


def _visits() -> QuerySet[Any]:
    return with_content(Visit.objects.exclude(document=""), "document_tail")


def _empty(ids: Sequence[int]) -> None:
    Visit.objects.filter(pk__in=ids).update(document_tail="")


def register() -> None:
    register_class(
        DataClass(
            "counter.documents", _("last digits of documents shown at the counter"), _visits, _empty,
            (Clock("ended", _("the visit ended"), "ended_at"),), kept_with=("tickets.ticket", "ticket_id"),
        )
    )  # fmt: skip
