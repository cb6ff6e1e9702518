"""Getting input from platforms that do not bring it: one process a channel, by lease."""

from __future__ import annotations

import random
import threading
import time

import structlog
from django.db import close_old_connections

from apps.channels import registry
from apps.channels.contract import Arrival, ChannelLease, Connector
from apps.channels.models import Channel
from apps.channels.services import health, leases
from apps.channels.tracing import place_of
from apps.core.errors import AppError
from apps.core.reasons import kept_reason

logger = structlog.get_logger(__name__)

MAX_PAUSE = 60.0


def fetched_channels() -> list[Channel]:
    """Active channels whose input has to be fetched."""
    kinds = [connector.kind for connector in registry.all() if connector.arrival.is_fetched]
    return list(Channel.objects.active().filter(kind__in=kinds).order_by("pk"))


def lease_name(channel_id: int) -> str:
    return f"channels.fetch:{channel_id}"


def poll_due() -> int:
    """The fallback for when no `listen` is running: asks each channel once that nobody else is asking.

    A stream cannot be asked; what it has to tell waits on the platform until somebody listens.
    """
    for channel in fetched_channels():
        if registry.get(channel.kind).arrival is Arrival.STREAM:
            continue
        with leases.hold(lease_name(channel.pk)) as lease:
            if lease is not None:
                poll_once(channel, lease)
    return 0


def poll_once(channel: Channel, lease: ChannelLease) -> int:
    """Returns how many items were new. A failure is noted on the channel and goes no further."""
    try:
        count = registry.get(channel.kind).poll(channel, lease)
    except Exception as error:  # noqa: BLE001 (see below)
        # One mailbox in trouble must not keep the others from being asked.
        note_failure(channel, error)
        return 0
    health.note_success(channel.pk)
    return count


def listen_to(channel_id: int, stop: threading.Event, *, pause: float = 1.0) -> None:
    """Holds the channel's lease and listens until `stop`; starts again after errors, ever more slowly."""
    wait = pause
    while not stop.is_set():
        close_old_connections()
        began = time.monotonic()
        try:
            heard = _listen_once(channel_id, stop)
        except Exception as error:  # noqa: BLE001 (see below)
            # The database may be away; the loop is what brings the channel back.
            logger.warning("listen.failed", channel_id=channel_id, error=type(error).__name__)
            heard = False
        has_worked = heard or time.monotonic() - began > MAX_PAUSE
        wait = pause if has_worked else min(wait * 2, MAX_PAUSE)
        stop.wait(wait * random.uniform(0.8, 1.2))  # noqa: S311 (spreads load, guards nothing)


def _listen_once(channel_id: int, stop: threading.Event) -> bool:
    """False when there was an error, or another process listens."""
    with leases.hold(lease_name(channel_id)) as lease:
        if lease is None:
            return False
        channel = Channel.objects.active().filter(pk=channel_id).first()
        if channel is None:
            stop.set()
            return True
        return _listen(registry.get(channel.kind), channel, lease, stop)


def _listen(connector: Connector, channel: Channel, lease: ChannelLease, stop: threading.Event) -> bool:
    try:
        connector.listen(channel, lease, stop)
    except Exception as error:  # noqa: BLE001 (see below)
        # Kept on the channel, where people look for it.
        note_failure(channel, error)
        return False
    return True


def note_failure(channel: Channel, error: Exception) -> None:
    if isinstance(error, AppError):
        code, detail = error.code, kept_reason(error)
    else:
        code, detail = "channels.fetch_failed", f"{type(error).__name__}: {error}"
    facts = {"channel_id": channel.pk, "code": code, "error": type(error).__name__, "place": place_of(error)}
    if not health.is_worth_a_word(channel.pk, is_passing=getattr(error, "is_passing", False)):
        logger.info("fetch.tried_again", **facts)
        return
    logger.warning("fetch.failed", **facts)
    close_old_connections()
    health.note_error(channel.pk, code=code, detail=detail)
