"""How long one waits at a counter now, for who has not chosen a channel yet."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.counter.models import Branch, Visit
from apps.counter.selectors.lines import today, wait_for
from apps.sla.selectors.contact_options import Estimate


def estimate(channel: Channel) -> Estimate | None:
    """The shortest wait of its services, as a kiosk would tell it."""
    branch = Branch.objects.active().filter(channel=channel).first()
    if branch is None:
        return None
    places = [wait_for(branch, service) for service in branch.services.active()]
    known = [place.minutes for place in places if place.minutes is not None]
    return Estimate(min(known, default=None), Visit.objects.of_day(branch, today(branch)).waiting().count())
