"""What vendors tried without success, as routing counts it in queues that vendors and the house share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Aggregate, Count, Q
from django.utils.translation import gettext_lazy as _

from apps.metrics.enums import Unit
from apps.metrics.measures.base import DAY, FactTable, Measure, Period, number, register
from apps.routing.enums import Failure
from apps.routing.models import VendorAttempt

SECTION = "attempts"
OF_ATTEMPTS: Final[Mapping[str, str]] = {
    "queue": "ticket__queue_id",
    "channel": "ticket__channel_id",
    "category": "ticket__category_id",
    "vendor": "vendor_id",
    "agent": "user_id",
}


def _parts(period: Period) -> dict[str, Aggregate]:
    return {"attempts": Count("pk"), "returned": Count("pk", filter=Q(failure=Failure.RETURNED))}


ATTEMPTS = FactTable(
    facts=VendorAttempt, column="created", parts=_parts, dimensions=(*OF_ATTEMPTS, DAY), columns=OF_ATTEMPTS
)


def _measure(key: str, part: str, **words: Any) -> Measure:
    return Measure(key=key, unit=Unit.COUNT, section=SECTION, table=ATTEMPTS, value=number(part), **words)


register(
    _measure(
        "failed_attempts",
        "attempts",
        name=_("Unsuccessful attempts of vendors"),
        meaning=_(
            "How often what a vendor did was not enough: the customer wrote again or reopened after its reply, or it gave"
            " back unsolved what it had accepted."
        ),
        formula=_("number of unsuccessful attempts, by when it was seen"),
    ),
    _measure(
        "handed_back_unsolved",
        "returned",
        name=_("Given back unsolved"),
        meaning=_("Of these, what the vendor's people had accepted and gave back unsolved."),
        formula=_("number of unsuccessful attempts that were given back, by when"),
    ),
)
