"""What is known of a channel's health, written beside its configuration.

These notes are hints for people and for the order of work; losing one to a busy row is better than waiting.
"""

from __future__ import annotations

import time
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from apps.channels.models import Channel

PAUSE_SECONDS: Final = 5.0
"""A busy channel is not written on for every item."""


PATIENCE_SECONDS: Final = 20.0
"""Servers restart, and at our own start some come up after us: so long trouble that may pass is not worth a word."""

_noted: dict[tuple[int, str], float] = {}
"""When this process last wrote a note, by its own clock."""

_troubled: dict[int, float] = {}
"""Since when this process has met nothing but trouble with a channel, by its own clock."""


def note_received(channel_id: int) -> None:
    _note(channel_id, "last_received_at")


def note_sent(channel_id: int) -> None:
    _note(channel_id, "last_sent_at")


def note_success(channel_id: int) -> None:
    """The connection works, whether or not there was anything to fetch."""
    _troubled.pop(channel_id, None)
    _note(channel_id, "last_success_at")


def _note(channel_id: int, column: str) -> None:
    now = time.monotonic()
    if now - _noted.get((channel_id, column), -PAUSE_SECONDS) < PAUSE_SECONDS:
        return
    _noted[channel_id, column] = now
    with transaction.atomic():
        free = list(
            Channel.objects.filter(pk=channel_id)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .values_list("pk", flat=True)
        )
        Channel.objects.filter(pk__in=free).update(**{column: Now(), "last_success_at": Now()})


@transaction.atomic
def note_error(channel_id: int, *, code: str, detail: str = "") -> None:
    channel = (
        Channel.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=channel_id).first()
    )
    if channel is None:
        return
    channel.last_error_at = Now()
    channel.last_error_code = code[:80]
    channel.last_error = detail[:2000]
    channel.save(update_fields=["last_error_at", "last_error_code", "last_error"])
    for column in ("last_received_at", "last_sent_at", "last_success_at"):
        _noted.pop((channel_id, column), None)


def is_worth_a_word(channel_id: int, *, is_passing: bool) -> bool:
    """Whether a failure is to be told: at once when it will not pass, else once it has gone on for a while."""
    began = _troubled.setdefault(channel_id, time.monotonic())
    return not is_passing or time.monotonic() - began >= PATIENCE_SECONDS


def is_in_trouble(channel: Channel) -> bool:
    """Whether the last thing that happened to the channel was an error."""
    if channel.last_error_at is None:
        return False
    return channel.last_success_at is None or channel.last_error_at > channel.last_success_at
