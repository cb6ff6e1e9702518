"""The place where a higher app says what a channel promises: whether it is served now, and until when an answer comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.channels.models import Channel


@dataclass(frozen=True, slots=True)
class Standard:
    """What a channel promises for a message of one moment. Times are aware, in the time zone of its working hours."""

    is_open: bool
    opens_at: datetime
    """When work begins next; the moment itself while it is open."""
    answer_by: datetime | None = None
    """Until when the first answer is promised; None where nothing is."""
    out_of_hours_text: str = ""
    """The manager's own words for outside working hours, in the language that is active."""


StandardSource = Callable[[Channel, datetime], Standard | None]

_source: StandardSource | None = None


def register_source(source: StandardSource) -> StandardSource:
    """Called once, in `ready()` of the app that owns working hours."""
    global _source  # noqa: PLW0603 (filled once at start-up)
    _source = source
    return source


def standard_of(channel: Channel, at: datetime) -> Standard | None:
    """None for a channel that promises nothing."""
    return None if _source is None else _source(channel, at)
