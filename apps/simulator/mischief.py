"""How badly the platforms behave, drawn from a seed so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mischief:
    """Shares between 0 and 1, and how fast the platforms' time passes."""

    seed: int = 1
    duplicates: float = 0.0
    """Calls that come twice."""
    disorder: float = 0.0
    """Calls that a later one may overtake."""
    errors: float = 0.0
    """Sendings that the platform refuses for reasons of its own."""
    pace: float = 1.0
    """What the waits of the platforms are multiplied with: 0.01 lets a minute pass in 0.6 seconds."""

    def chance_of(self, key: str) -> random.Random:
        """Each account has chances of its own, so that their threads do not disturb each other's."""
        return random.Random(f"{self.seed}:{key}")  # noqa: S311 (drawn to be repeated, guards nothing)
