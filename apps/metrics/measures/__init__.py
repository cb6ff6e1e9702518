"""Each measure has its definition here and nowhere else. A group is a module; it registers what it defines."""

from apps.metrics.measures import attempts, handling, occupancy, promises, ratings, sides, tickets, waiting
from apps.metrics.measures.base import DAY, EVERYTHING, WHOLE, Among, Measure, Parts, Period, all_measures, last, today

__all__ = [
    "DAY",
    "EVERYTHING",
    "WHOLE",
    "Among",
    "Measure",
    "Parts",
    "Period",
    "all_measures",
    "attempts",
    "handling",
    "last",
    "occupancy",
    "promises",
    "ratings",
    "sides",
    "tickets",
    "today",
    "waiting",
]
