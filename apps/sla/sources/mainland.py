"""Holidays and make-up working days (调休) of mainland China, by the State Council's yearly notice (国务院办公厅通知).

The library `chinese-calendar` carries each notice once it is out, usually in November of the year before.
"""

from __future__ import annotations

from chinese_calendar.constants import Holiday, holidays, workdays

from apps.sla.enums import DayKind
from apps.sla.errors import NotPublished
from apps.sla.sources.days import ImportedDay

SOURCE = "cn"


def mainland_days(year: int) -> list[ImportedDay]:
    if year not in published_years():
        raise NotPublished(year=year)
    closed = [ImportedDay(day, DayKind.HOLIDAY, _name(name)) for day, name in holidays.items() if day.year == year]
    made_up = [ImportedDay(day, DayKind.WORKDAY, _name(name)) for day, name in workdays.items() if day.year == year]
    return sorted([*closed, *made_up], key=lambda day: day.date)


def published_years() -> frozenset[int]:
    return frozenset(day.year for day in holidays)


def _name(english: str) -> dict[str, str]:
    return {"zh-hans": Holiday(english).chinese, "en": english}
