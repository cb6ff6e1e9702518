"""Looks every hour how this month will end for each term of a contract in force, and tells when one gets into danger."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.accounts.models import Vendor
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import publish
from apps.metrics.measures import all_measures
from apps.outsourcing.enums import WORSENING, Outlook
from apps.outsourcing.events import TermInDanger
from apps.outsourcing.models import Contract, SlaTerm, TermOutlook
from apps.outsourcing.selectors.outlooks import TermCourse, courses_of

AT_ONCE: Final = 20
LOOKED_LATELY: Final = timedelta(minutes=50)
"""Less than the hour between two looks, so that none is skipped by seconds."""


def watch_terms() -> int:
    """Says at how many contracts it looked: some of those whose turn it is."""
    return sum(_watch(contract) for contract in _due()[:AT_ONCE])


def _due() -> list[Contract]:
    moment = now()
    asked = SlaTerm.objects.filter(contract=OuterRef("pk"), measure__in=all_measures())
    lately = TermOutlook.objects.filter(contract=OuterRef("pk"), looked_at__gt=moment - LOOKED_LATELY)
    rows = Contract.objects.live().filter(Exists(asked)).exclude(Exists(lately)).whole().order_by("pk")
    return [contract for contract in rows if contract.is_in_force(moment)]


@transaction.atomic
def _watch(contract: Contract) -> int:
    """Under the vendor's lock, so that two who look at once tell it once."""
    Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.vendor_id)
    found = courses_of(contract)
    month = contract.day(now()).replace(day=1)
    known = {row.term_id: row for row in TermOutlook.objects.filter(contract=contract, month=month)}
    for each in found:
        row = known.get(each.term.pk) or TermOutlook(contract=contract, term=each.term, month=month)
        _keep(row, each)
    return int(bool(found))


def _keep(row: TermOutlook, each: TermCourse) -> None:
    before, row.state = Outlook(row.state), each.judged.state
    row.figure, row.week_figure = each.course.month, each.course.week
    row.needed, row.threshold, row.looked_at = each.judged.needed, each.term.threshold, now()
    row.save()
    if WORSENING.index(each.judged.state) > WORSENING.index(before):
        _tell(row)


def _tell(row: TermOutlook) -> None:
    term = row.term
    publish(
        TermInDanger(
            contract=row.contract.number,
            measure=term.measure,
            channel=term.channel.key if term.channel else None,
            month=f"{row.month:%Y-%m}",
            state=row.state,
            figure=_rounded(row.figure),
            last_7_days=_rounded(row.week_figure),
            needed=_rounded(row.needed),
            threshold=row.threshold,
        ),
        by=SYSTEM,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
