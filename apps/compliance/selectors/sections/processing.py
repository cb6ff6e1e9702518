"""Records of processing by vendors, assessments, and what was confirmed at the end of contracts."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from apps.core.evidence import Exact, Period, Section, register_section
from apps.outsourcing.models import Contract, ImpactAssessment
from apps.outsourcing.selectors.processing import endings_of, kinds_of, record_of

Row = tuple[object, ...]


def records(period: Period) -> Iterator[Row]:
    for contract in Contract.objects.whole().order_by("number"):
        number = Exact(contract.number)
        yield from ((number, label, value) for label, value in record_of(contract))
        for kind in kinds_of(contract):
            shown = ", ".join(f"{role}: {mode}" for role, mode in kind.shown)
            yield number, kind.name, f"{'+' if kind.is_agreed else '-'} {shown}"


def assessments(period: Period) -> Iterator[Row]:
    rows = ImpactAssessment.objects.select_related("contract", "decided_by").order_by("pk")
    for row in rows:
        yield (
            row.pk, Exact(row.contract.number if row.contract else ""), row.get_state_display(), row.get_risk_display(),
            row.valid_until, Exact(row.decided_by.username if row.decided_by else ""), row.decided_at, row.risks, row.measures,
        )  # fmt: skip


def endings(period: Period) -> Iterator[Row]:
    for contract in Contract.objects.filter(state="ended").order_by("number"):
        for ending in endings_of(contract):
            done = ending.done
            yield (
                Exact(contract.number), ending.label, done.declared_by if done else "",
                Exact(done.confirmed_by.username if done else ""), done.confirmed_at if done else None,
            )  # fmt: skip


register_section(Section("processing", _("Records of processing"), (_("contract"), _("what"), _("value")), records))
register_section(
    Section(
        "assessments",
        _("Impact assessments"),
        (
            _("number"), _("contract"), _("state"), _("risk that remains"), _("valid until"), _("decided by"), _("decided"),
            _("risks"), _("measures"),
        ),
        assessments,
    )
)  # fmt: skip
register_section(
    Section(
        "endings",
        _("Data at the end of contracts"),
        (_("contract"), _("step"), _("declared by"), _("confirmed by"), _("confirmed")),
        endings,
    )
)
