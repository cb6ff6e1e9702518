"""Requests of persons, and erasures."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from apps.core.evidence import Exact, Period, Section, register_section
from apps.privacy.models import DataSubjectRequest, Erasure

Row = tuple[object, ...]


def requests(period: Period) -> Iterator[Row]:
    rows = DataSubjectRequest.objects.filter(received_at__gte=period.since, received_at__lt=period.until)
    for row in rows.order_by("received_at"):
        yield (
            row.pk, row.get_kind_display(), row.get_law_display(), row.get_state_display(), row.received_at, row.checked_at,
            row.due_at, row.settled_at,
        )  # fmt: skip


def erasures(period: Period) -> Iterator[Row]:
    rows = Erasure.objects.filter(created__gte=period.since, created__lt=period.until)
    for row in rows.select_related("asked_by", "approved_by").order_by("pk"):
        asked, approved = (Exact(user.username if user else "") for user in (row.asked_by, row.approved_by))
        yield row.pk, row.get_state_display(), asked, approved, row.created, row.done_at, sum(row.counts.values())


register_section(
    Section(
        "requests",
        _("Requests about personal data"),
        (
            _("number"), _("kind"), _("law"), _("state"), _("received"), _("identity checked"), _("due"), _("settled"),
        ),
        requests,
    )
)  # fmt: skip
register_section(
    Section(
        "erasures",
        _("Erasures"),
        (_("number"), _("state"), _("asked for by"), _("decided by"), _("asked for"), _("done"), _("rows")),
        erasures,
    )
)
