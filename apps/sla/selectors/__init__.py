"""Calendars as timetables, what channels promise by them, and which channel answers soonest."""

from apps.sla.selectors.timetables import (
    YEARS,
    DayCell,
    MonthPicture,
    default_calendar,
    hours_of,
    policy_of,
    standard_of,
    timetable_for,
    timetable_of,
    year_picture,
)

__all__ = [
    "YEARS",
    "DayCell",
    "MonthPicture",
    "default_calendar",
    "hours_of",
    "policy_of",
    "standard_of",
    "timetable_for",
    "timetable_of",
    "year_picture",
]
