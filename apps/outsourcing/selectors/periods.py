"""The periods that a contract is looked at in, in its own time zone and never beyond its first and last day."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.metrics.measures import Period
from apps.outsourcing.models import Contract

WEEKS = 8
WEEK = timedelta(days=7)


class Span(models.TextChoices):
    TODAY = "today", _("Today")
    WEEK = "week", _("Last 7 days")
    MONTH = "month", _("This month")
    LAST_MONTH = "last_month", _("Last month")


STANDING = (Span.TODAY, Span.WEEK, Span.MONTH)
"""What a term's figure is told of side by side."""


def period_of(contract: Contract, span: Span) -> Period | None:
    """None where the contract was not in force at all."""
    moment = now()
    today = moment.astimezone(zoneinfo.ZoneInfo(contract.time_zone)).date()
    soon = moment + timedelta(minutes=1)
    match span:
        case Span.TODAY:
            return _within(contract, _midnight(contract, today), soon)
        case Span.WEEK:
            return _within(contract, moment - WEEK, soon)
        case Span.MONTH:
            return _within(contract, _midnight(contract, today.replace(day=1)), soon)
        case Span.LAST_MONTH:
            return month_of(contract, today.replace(day=1) - timedelta(days=1))


def month_of(contract: Contract, day: date) -> Period | None:
    """The month that the day lies in, as far as the contract covers it. Its length follows the zone's clock."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _within(contract, _midnight(contract, first), _midnight(contract, following))


def last_weeks(contract: Contract) -> list[Period]:
    """The oldest first; the last one ends now."""
    end = now() + timedelta(minutes=1)
    weeks = (_within(contract, end - WEEK * (back + 1), end - WEEK * back) for back in reversed(range(WEEKS)))
    return [week for week in weeks if week is not None]


def _midnight(contract: Contract, day: date) -> datetime:
    return datetime.combine(day, time.min, zoneinfo.ZoneInfo(contract.time_zone))


def _within(contract: Contract, since: datetime, until: datetime) -> Period | None:
    since, until = max(since, contract.starts_at), min(until, contract.ends_at)
    return Period(since, until) if since < until else None
