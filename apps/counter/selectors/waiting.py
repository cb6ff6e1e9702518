"""How long one waits at a counter now, for who has not chosen a channel yet."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.counter.models import Branch, ServiceType, Visit
from apps.counter.selectors.lines import today, usual_minutes, wait_for
from apps.sla.selectors.contact_options import Estimate


def estimate(channel: Channel) -> Estimate:
    """The shortest wait of its services. Where nobody sits yet it is told as if one window were served: whoever comes
    during opening hours finds somebody there.
    """
    branch = Branch.objects.active().filter(channel=channel).first()
    if branch is None:
        return Estimate(None)
    known = [minutes for row in branch.services.active() if (minutes := _minutes(branch, row)) is not None]
    return Estimate(min(known, default=None), Visit.objects.of_day(branch, today(branch)).waiting().count())


def _minutes(branch: Branch, service: ServiceType) -> int | None:
    place, each = wait_for(branch, service), usual_minutes(branch, service)
    if place.minutes is not None or each is None:
        return place.minutes
    return round(place.ahead * each)
