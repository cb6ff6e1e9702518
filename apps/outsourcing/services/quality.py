"""Warns where customers' ratings fall below what a contract asks for, and ends the warning when they do not any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from django.db import transaction

from apps.accounts.models import User, Vendor
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import publish
from apps.metrics.measures import WHOLE, Among, Period
from apps.metrics.selectors.figures import figures
from apps.outsourcing.events import QualityBelow
from apps.outsourcing.models import Contract, QualityWarning

LOOKS_BACK: Final = timedelta(days=30)
FIGURES: Final = ("csat", "ratings")


class Quality(NamedTuple):
    percent: float
    ratings: int


def watch_quality() -> int:
    """Of every contract in force that names a floor; the warnings of others end. Says how many began or ended."""
    moment = now()
    watched = [row for row in Contract.objects.live().exclude(quality_floor=None) if row.is_in_force(moment)]
    others = QualityWarning.objects.filter(ended__isnull=True).exclude(contract__in=watched)
    return others.update(ended=moment) + sum(_watch(contract) for contract in watched)


@transaction.atomic
def _watch(contract: Contract) -> int:
    """Under the vendor's lock, so that two who look at once tell it once."""
    Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.vendor_id)
    low = _low(contract)
    opened = {row.user_id: row for row in QualityWarning.objects.filter(contract=contract, ended__isnull=True)}
    for user_id, row in opened.items():
        if user_id not in low:
            row.ended = now()
            row.save(update_fields=["ended"])
    for user_id in low.keys() - opened.keys():
        _warn(contract, user_id, low[user_id])
    return len(opened.keys() ^ low.keys())


def _warn(contract: Contract, user_id: int | None, quality: Quality) -> None:
    QualityWarning.objects.create(contract=contract, user_id=user_id, figure=quality.percent, ratings=quality.ratings)
    publish(
        QualityBelow(
            contract=contract.number,
            user_id=user_id,
            figure=round(quality.percent, 1),
            floor=contract.quality_floor or 0,
        ),
        by=SYSTEM,
    )


def _low(contract: Contract) -> Mapping[int | None, Quality]:
    """Of whom enough customers rated, and too few were satisfied. None is the vendor as a whole."""
    found: dict[int | None, Quality] = {}
    for whole in _read(contract, WHOLE).values():
        found[None] = whole
    people = dict(User.objects.filter(vendor=contract.vendor_id, is_active=True).values_list("username", "pk"))
    found |= {people[name]: quality for name, quality in _read(contract, "agent").items() if name in people}
    return {
        pk: quality
        for pk, quality in found.items()
        if quality.ratings >= contract.least_ratings and quality.percent < (contract.quality_floor or 0)
    }


def _read(contract: Contract, by: str) -> dict[str, Quality]:
    """By what the figures are named after. Of all that the vendor's people were rated for."""
    moment = now()
    period, among = Period(moment - LOOKS_BACK, moment), Among(vendor_id=contract.vendor_id)
    csat, ratings = figures(SYSTEM, FIGURES, period, by, among)
    counts = {figure.key: figure.value or 0 for figure in ratings.figures}
    return {
        figure.key: Quality(figure.value, int(counts.get(figure.key, 0)))
        for figure in csat.figures
        if figure.value is not None
    }
