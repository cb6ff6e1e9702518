from apps.metrics.models.due import Due
from apps.metrics.models.facts import (
    ContactFact,
    Fact,
    HandlingFact,
    OfferFact,
    PromiseFact,
    SideFact,
    StateFact,
    WaitFact,
)
from apps.metrics.models.goal import ServiceGoal

__all__ = [
    "ContactFact",
    "Due",
    "Fact",
    "HandlingFact",
    "OfferFact",
    "PromiseFact",
    "ServiceGoal",
    "SideFact",
    "StateFact",
    "WaitFact",
]
