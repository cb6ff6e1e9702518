"""When an attempt is repeated, as the specification of Standard Webhooks proposes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apps.channels import backoff

WAITS: Final = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds before the second, third … attempt: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Three days and more."""

MAX_TRIES: Final = len(WAITS) + 1


def next_wait(tries: int, asked: timedelta | None) -> timedelta | None:
    """After so many failed attempts; None when it is given up. What the receiver asks for (Retry-After) only adds."""
    if tries >= MAX_TRIES:
        return None
    wait = backoff.delay(tries, WAITS)
    return max(wait, asked) if asked is not None else wait
