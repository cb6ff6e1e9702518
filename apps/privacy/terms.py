"""By when a request about personal data must be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

import chinese_calendar

from apps.privacy.enums import Law
from apps.privacy.models import RequestTerm


@dataclass(frozen=True)
class Term:
    days: int
    more: int
    """Days that may be added once, with the reason told."""
    is_working: bool = False


TERMS: Final[Mapping[Law, Term]] = MappingProxyType(
    {
        # "Without undue delay" (PIPL 45); fifteen working days is what authorities and standards take it to be.
        Law.PIPL: Term(15, 15, is_working=True),
        # One month, and two more where requests are complex (GDPR 12(3)); counted in days so that nobody counts on the 31st.
        Law.GDPR: Term(30, 60),
    }
)


def term_of(law: Law) -> Term:
    """As it is set here, else the usual one."""
    row = RequestTerm.objects.filter(law=law).first()
    return TERMS[law] if row is None else Term(row.days, row.more_days, is_working=row.is_working)


def due_at(law: Law, since: datetime) -> datetime:
    term = term_of(law)
    return _after(since, term.days, is_working=term.is_working)


def extended(law: Law, due: datetime) -> datetime:
    term = term_of(law)
    return _after(due, term.more, is_working=term.is_working)


def _after(since: datetime, days: int, *, is_working: bool) -> datetime:
    if not is_working:
        return since + timedelta(days=days)
    moment = since
    while days:
        moment += timedelta(days=1)
        days -= _is_workday(moment.date())
    return moment


def _is_workday(day: date) -> bool:
    """By China's calendar of holidays and make-up days; of years that it does not have yet, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
