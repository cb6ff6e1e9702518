"""Each measure has its definition here and nowhere else. A group is a module; it registers what it defines."""

from apps.metrics.measures import handling, occupancy, promises, ratings, tickets, waiting
from apps.metrics.measures.base import DAY, WHOLE, Measure, Parts, Period, all_measures, last, today

__all__ = [
    "DAY",
    "WHOLE",
    "Measure",
    "Parts",
    "Period",
    "all_measures",
    "handling",
    "last",
    "occupancy",
    "promises",
    "ratings",
    "tickets",
    "today",
    "waiting",
]
