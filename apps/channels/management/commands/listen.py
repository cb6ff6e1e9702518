"""Keeps the long-lived connections of channels: one thread a channel, one process a channel by lease."""

import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from apps.channels.models import Channel
from apps.channels.services import fetching

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
STOP_SECONDS = 25.0


@dataclass
class Listener:
    """The thread of one channel. A change of the channel's configuration replaces it."""

    channel_id: int
    configured: datetime
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name=f"channel {self.channel_id}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            fetching.listen_to(self.channel_id, self.stop)
        finally:
            connection.close()


class Command(BaseCommand):
    help = "Listens to mailboxes and streams until it is stopped. Running it twice is safe: a lease holds each channel."

    requires_system_checks: list[str] = []  # the web process has made them, and pages are nothing to this one

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look-every", type=float, default=LOOK_SECONDS, help="Seconds between looks for changes.")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask_to_stop)
        self.stdout.write("Listening.")
        self.stdout.flush()
        run(stop, look_every=options["look_every"])
        self.stdout.write("Stopped.")


def run(stop: threading.Event, *, look_every: float = LOOK_SECONDS) -> None:
    """Until `stop`: has a listener for each channel to fetch from, and none for others."""
    listeners: dict[int, Listener] = {}
    while not stop.is_set():
        try:
            follow(listeners, fetching.fetched_channels())
        except DatabaseError as error:
            logger.warning("listen.database_away", error=type(error).__name__)
        close_old_connections()
        stop.wait(look_every)
    for listener in listeners.values():
        listener.stop.set()
    join_all(listeners.values())


def follow(listeners: dict[int, Listener], channels: list[Channel]) -> None:
    """Starts what is missing, stops what is gone or was configured anew; the latter starts at the next look."""
    wanted = {channel.pk: channel.updated for channel in channels}
    for pk, listener in list(listeners.items()):
        if wanted.get(pk) != listener.configured:
            listener.stop.set()
        if not listener.thread.is_alive():
            del listeners[pk]
    for pk, configured in wanted.items():
        if pk not in listeners:
            listeners[pk] = Listener(pk, configured)


def join_all(listeners: Any) -> None:
    until = time.monotonic() + STOP_SECONDS
    for listener in listeners:
        listener.thread.join(max(0.0, until - time.monotonic()))
        if listener.thread.is_alive():
            logger.warning("listen.still_running", channel_id=listener.channel_id)
