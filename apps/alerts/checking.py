"""Whether a rule can fire, be over, and reach somebody: asked by the form and by the API alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.accounts.models import User, Vendor
from apps.alerts.enums import MATTERS, OF_VENDORS, STATES, Comparison, Measure, Way
from apps.alerts.floors import queues_overseen
from apps.alerts.querysets import SUPERVISE
from apps.core.actor import person
from apps.core.permissions import codes_of
from apps.outsourcing.querysets import oversees_vendors
from apps.privacy.permits import may_approve

WHOLE: Final = 100

Problems = dict[str, list[str]]


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """A channel is stuck or not: there is no figure to compare. Of a contract's end so many days are left, and fewer."""
    measure = values.get("measure")
    if measure == Measure.CONTRACT_ENDS:
        return {**values, "comparison": Comparison.BELOW, "margin": 0}
    if measure in STATES:
        return {**values, "comparison": Comparison.ABOVE, "limit": 0, "margin": 0}
    return dict(values)


def problems_of(values: Mapping[str, Any]) -> Problems:
    """By field; of a value that is missing nothing is said, for whoever read it has said so already."""
    found: Problems = defaultdict(list)
    if values.get("measure") == Measure.CHANNEL:
        _look_at_channel(values, found)
    elif values.get("measure") in MATTERS:
        _look_at_matter(values, found)
    else:
        _look_at_figure(values, found)
        _look_at_floor(values, found)
    _look_at_ways(values, found)
    return dict(found)


def _look_at_channel(values: Mapping[str, Any], found: Problems) -> None:
    if values.get("queue"):
        found["queue"].append(_("Leave the queue empty: channels are watched."))
    if values.get("vendor"):
        found["vendor"].append(_("Channels are the house's own affair: leave the vendor empty."))


def _look_at_matter(values: Mapping[str, Any], found: Problems) -> None:
    if values.get("queue"):
        found["queue"].append(_("Leave the queue empty: contracts and people are watched."))
    if values.get("channel"):
        found["channel"].append(_("Leave the channel empty: contracts and people are watched."))
    if values.get("measure") == Measure.CONTRACT_ENDS and values.get("limit") == 0:
        found["limit"].append(_("Say from how many days before the end on."))


def _look_at_figure(values: Mapping[str, Any], found: Problems) -> None:
    if values.get("channel"):
        found["channel"].append(_("Leave the channel empty: queues are watched."))
    limit, margin = values.get("limit"), values.get("margin")
    if limit is None or margin is None:
        return
    is_above = values.get("comparison") == Comparison.ABOVE
    most = WHOLE if values.get("measure") == Measure.SERVICE_LEVEL else None
    if most is not None and limit > most:
        found["limit"].append(_("A percentage is 100 at most."))
    elif is_above and limit == most:
        found["limit"].append(_("Nothing is more than this."))
    elif not is_above and limit == 0:
        found["limit"].append(_("Nothing is less than 0."))
    if "limit" in found:
        return
    back_at = limit - margin if is_above else limit + margin
    if back_at < 0 or (most is not None and back_at > most):
        found["margin"].append(_("The figure can never come back so far: the alert would never be over."))


def _look_at_floor(values: Mapping[str, Any], found: Problems) -> None:
    """Its figures are what the vendor's own supervisors see."""
    queue, vendor = values.get("queue"), values.get("vendor")
    if vendor is None:
        return
    queues = queues_overseen(vendor.pk)
    if not queues:
        found["vendor"].append(_("This vendor has no supervisor who sees a queue."))
    elif queue is not None and queue.pk not in queues:
        found["queue"].append(_("No supervisor of this vendor sees this queue."))


def _look_at_ways(values: Mapping[str, Any], found: Problems) -> None:
    people: Sequence[User] = list(values.get("people") or ())
    deaf = _deaf(people, values.get("vendor"), values.get("measure"))
    if deaf:
        words = _("They have no mail address, or do not see these alerts: %(names)s")
        found["people"].append(words % {"names": ", ".join(deaf)})
    if Way.MAIL in values.get("ways", ()):
        for name in ("people", "sender"):
            if not values.get(name):
                found[name].append(_("Mail needs this."))


def _deaf(people: Iterable[User], vendor: Vendor | None, measure: str | None) -> list[str]:
    """Whoever could not see the alert, or has no address, would never hear of it."""
    hears = {user.pk for user in people if user.email and user.may_sign_in and _hears(user, vendor, measure)}
    return [str(user) for user in people if user.pk not in hears]


def _hears(user: User, vendor: Vendor | None, measure: str | None) -> bool:
    if SUPERVISE not in codes_of(user):
        return False
    if measure == Measure.REVEALS:
        return may_approve(person(user))
    if user.is_outsourced:
        return vendor is not None and user.vendor_id == vendor.pk
    return measure not in OF_VENDORS or oversees_vendors(person(user))
