"""The one place that tells the time, so that tests can travel and no naive datetime slips in."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
