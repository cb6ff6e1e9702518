"""Which channel answers soonest now, for customers who have not chosen one yet.

Told is what is known: a channel's usual time is measured from its recent first answers (first reply by a person, less
the opening of the ticket, in the channel's working time), and where too few were given, only what the policy promises.
A queue that is longer than usual shows in those who wait now: they count once most of them have waited longer than usual.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Brand
from apps.channels import registry
from apps.channels.models import Channel
from apps.core.clock import now
from apps.sla.errors import NeverOpens, TooFar
from apps.sla.models import ChannelPolicy
from apps.sla.selectors.timetables import timetable_for
from apps.sla.timetable import Timetable
from apps.tickets.enums import ACTIVE

RECENT = timedelta(days=14)
FEWEST = 5
"""Of fewer answers nothing is concluded."""
MOST = 100
"""How many answers, and how many who wait, are looked at for a channel."""
USUALLY = 0.75
"""The share of answers that came within what is called usual."""
BY_HAND = timedelta(seconds=2)
"""Nobody answers faster: what was "answered" sooner was begun by us."""
STEPS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 7200, 10080)
"""What is told, in minutes; nobody is told 37 minutes."""

_TIMES = """
SELECT channel.id, answered.opened_at, answered.first_replied_at
  FROM unnest(%(ids)s::bigint[]) AS channel(id)
 CROSS JOIN LATERAL (
       SELECT opened_at, first_replied_at FROM tickets_ticket
        WHERE channel_id = channel.id AND first_replied_at IS NOT NULL AND NOT is_spam
          AND opened_at >= %(since)s AND first_replied_at >= opened_at + %(by_hand)s
        ORDER BY opened_at DESC LIMIT %(most)s) AS answered
UNION ALL
SELECT channel.id, waiting.waiting_since, NULL
  FROM unnest(%(ids)s::bigint[]) AS channel(id)
 CROSS JOIN LATERAL (
       SELECT waiting_since FROM tickets_ticket
        WHERE channel_id = channel.id AND waiting_since IS NOT NULL AND first_replied_at IS NULL AND NOT is_spam
          AND merged_into_id IS NULL AND status = ANY(%(active)s) AND waiting_since >= %(since)s
        ORDER BY waiting_since LIMIT %(most)s) AS waiting
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`minutes` until somebody is there for the customer; None where nobody knows."""

    minutes: int | None
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class ContactOption:
    key: str
    kind: str
    icon: str
    label: str
    how: str
    link: str
    is_open: bool
    opens_at: datetime | None
    usual_minutes: int | None
    promised_minutes: int | None
    waiting: int | None
    """Only where everybody can see it anyway: at a counter."""
    text: str
    answer_at: datetime | None
    """By when an answer may be expected: what the options are sorted by."""


Estimator = Callable[[Channel], Estimate | None]
_estimators: dict[str, Estimator] = {}


def register_estimator(kind: str, estimator: Estimator) -> None:
    """For kinds of channels that know their line better than past answers tell. None: what past answers tell counts."""
    _estimators[kind] = estimator


def brand_of(host: str) -> Brand | None:
    """Whose face customers see at an address: the brand that has it, or else the default one."""
    name = host.partition(":")[0].lower()
    return (
        Brand.objects.filter(help_center_host=name).exclude(help_center_host="").first()
        or Brand.objects.filter(is_default=True).first()
    )


def contact_options(brand: Brand | None) -> list[ContactOption]:
    """Every channel that is offered, in the active language; who answers soonest stands first."""
    policies = _offered(brand)
    times = _times([policy.channel_id for policy in policies])
    moment = now()
    found = [_option(policy, times[policy.channel_id], moment) for policy in policies]
    return sorted(found, key=lambda row: (*_expected(row, moment), row.label))


def _expected(row: ContactOption, moment: datetime) -> tuple[bool, datetime]:
    """What is open answers before what answers tomorrow, also where nobody knows how soon; what is closed and promises
    nothing comes last.
    """
    if row.answer_at is not None:
        return False, row.answer_at
    if row.is_open:
        return False, moment.astimezone(timezone.get_default_timezone()).replace(hour=23, minute=59)
    return True, row.opens_at or moment + timedelta(days=3650)


def _offered(brand: Brand | None) -> list[ChannelPolicy]:
    rows = ChannelPolicy.objects.filter(is_offered=True, channel__is_active=True).select_related("channel", "calendar")
    if brand is not None:
        rows = rows.filter(channel__brand=brand)
    return list(rows.prefetch_related("calendar__days").order_by("channel__key"))


@dataclass(slots=True)
class _Times:
    answered: list[tuple[datetime, datetime]]
    waiting: list[datetime]


def _times(channel_ids: Sequence[int]) -> defaultdict[int, _Times]:
    found: defaultdict[int, _Times] = defaultdict(lambda: _Times([], []))
    params: dict[str, Any] = {
        "ids": list(channel_ids),
        "since": now() - RECENT,
        "by_hand": BY_HAND,
        "most": MOST,
        "active": [str(status) for status in ACTIVE],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TIMES, params)
        for channel_id, began, answered in cursor.fetchall():
            if answered is None:
                found[channel_id].waiting.append(began)
            else:
                found[channel_id].answered.append((began, answered))
    return found


def _option(policy: ChannelPolicy, times: _Times, moment: datetime) -> ContactOption:
    channel, timetable = policy.channel, timetable_for(policy)
    opens_at = _opening(timetable, moment)
    estimate = _estimate(channel, timetable, times, moment)
    is_open = opens_at is not None and opens_at <= moment
    minutes = policy.answer_minutes if estimate.minutes is None else estimate.minutes
    answer_at = _answer_at(timetable, moment, minutes)
    return ContactOption(
        key=channel.key,
        kind=channel.kind,
        icon=registry.get(channel.kind).icon,
        label=str(policy.contact_label),
        how=str(policy.contact_how),
        link=policy.contact_link,
        is_open=is_open,
        opens_at=None if is_open or opens_at is None else opens_at.astimezone(timetable.zone),
        usual_minutes=estimate.minutes,
        promised_minutes=policy.answer_minutes,
        waiting=estimate.waiting,
        text=_text(timetable, moment, is_open, opens_at, estimate.minutes, policy.answer_minutes),
        answer_at=answer_at,
    )


def _opening(timetable: Timetable, moment: datetime) -> datetime | None:
    try:
        return timetable.next_opening(moment)
    except NeverOpens:
        return None


def _estimate(channel: Channel, timetable: Timetable, times: _Times, moment: datetime) -> Estimate:
    estimator = _estimators.get(channel.kind)
    known = estimator(channel) if estimator is not None else None
    if known is not None:
        return known
    usual = _share(_worked(timetable, times.answered), USUALLY)
    if usual is None:
        return Estimate(None)
    now_waited = _share(_worked(timetable, ((since, moment) for since in times.waiting)), 0.5)
    return Estimate(_rounded(max(usual, now_waited or usual)))


def _worked(timetable: Timetable, spans: Iterable[tuple[datetime, datetime]]) -> list[timedelta]:
    return [timetable.working_time_between(start, end) for start, end in spans]


def _share(spans: list[timedelta], share: float) -> timedelta | None:
    """What that share of them did not exceed; None where there are too few."""
    return sorted(spans)[math.ceil(share * len(spans)) - 1] if len(spans) >= FEWEST else None


def _rounded(span: timedelta) -> int:
    minutes = span.total_seconds() / 60
    return next((step for step in STEPS if minutes <= step), STEPS[-1])


def _answer_at(timetable: Timetable, moment: datetime, minutes: int | None) -> datetime | None:
    if minutes is None:
        return None
    try:
        return timetable.add_working_time(moment, timedelta(minutes=minutes))
    except (NeverOpens, TooFar):
        return None


# In words


def _text(
    timetable: Timetable,
    moment: datetime,
    is_open: bool,
    opens_at: datetime | None,
    usual: int | None,
    promised: int | None,
) -> str:
    if opens_at is None:
        return ""
    if not is_open:
        return _("Opens %(time)s") % {"time": _when(opens_at.astimezone(timetable.zone), moment)}
    if usual is not None:
        return _words(timetable, moment, usual, _("Usually within %(time)s"), _("Usually by %(time)s"))
    if promised is not None:
        return _words(timetable, moment, promised, _("Answered within %(time)s"), _("Answered by %(time)s"))
    return _("Open now; how long it takes is not known")


def _words(timetable: Timetable, moment: datetime, minutes: int, within: str, by: str) -> str:
    """A span where it ends while work goes on, or else the day and hour by which it is over."""
    answer_at = _answer_at(timetable, moment, minutes)
    if answer_at is None:
        return ""
    if answer_at - moment <= timedelta(minutes=minutes + 1):
        return within % {"time": _span(minutes)}
    return by % {"time": _when(answer_at.astimezone(timetable.zone), moment)}


def _span(minutes: int) -> str:
    if minutes < 1:
        return ngettext("%(count)d minute", "%(count)d minutes", 1) % {"count": 1}
    if minutes < 90 or minutes % 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 2880:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}


def _when(local: datetime, moment: datetime) -> str:
    """The hour today, the weekday within a week, else the date."""
    days = (local.date() - moment.astimezone(local.tzinfo).date()).days
    if days == 0:
        return f"{local:%H:%M}"
    # Translators: a day and an hour, in Django's date format characters.
    pattern = _("D H:i") if days < 7 else _("M j H:i")
    return formats.date_format(local, pattern)
