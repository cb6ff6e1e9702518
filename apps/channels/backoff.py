"""How long to wait before the next attempt. With jitter, so that what failed together does not come back together."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

INBOUND: Final = (1, 3, 10, 30, 60, 120, 300, 600, 600, 600, 600, 600)
"""Seconds. An item that cannot be taken in is parked at the end, after about an hour."""

OUTBOUND: Final = (5, 30, 120, 600, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds. A message that a platform does not take is given up after about three days."""

CHECKS: Final = (5, 30, 120, 600, 3600, 21600, 86400)
"""Seconds. An outcome that stays unknown is left so after about a day."""


def delay(attempt: int, schedule: Sequence[int]) -> timedelta:
    """Before the attempt that follows `attempt` failed ones (1 and up), up to a fifth more or less than scheduled."""
    seconds = schedule[min(max(attempt, 1), len(schedule)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 (spreads load, guards nothing)
