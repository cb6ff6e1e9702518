"""Plays the platforms of this installation's channels, in the foreground."""

from __future__ import annotations

import errno
import http.client
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from apps.simulator.accounts import simulated_accounts
from apps.simulator.courier import post
from apps.simulator.crowd import Crowd
from apps.simulator.mischief import Mischief
from apps.simulator.server import HOST
from apps.simulator.shapes import Account, Request
from apps.simulator.simulator import Simulator


class Command(BaseCommand):
    help = "Plays the platforms of channels whose interface (api_base) is this simulator, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", nargs="*", help="Kinds or keys of channels; all by default.")
        parser.add_argument("--port", type=int, default=settings.SIMULATOR_PORT)
        parser.add_argument(
            "--seed", type=int, default=1, help="Chance is drawn from it, so that a run can be repeated."
        )
        parser.add_argument(
            "--rate", type=float, default=0.0, help="Messages of customers a minute, over all channels."
        )
        parser.add_argument("--duration", type=float, default=0.0, help="Seconds; without end by default.")
        parser.add_argument(
            "--openings", type=int, default=0, help="Customers who write on a channel that is still new."
        )
        parser.add_argument("--thanks", action="store_true", help="Customers say thank you when they are answered.")
        parser.add_argument("--duplicates", type=float, default=0.0, help="Share of calls that come twice.")
        parser.add_argument("--disorder", type=float, default=0.0, help="Share of calls that others overtake.")
        parser.add_argument("--errors", type=float, default=0.0, help="Share of answers that a platform refuses.")
        parser.add_argument("--pace", type=float, default=1.0, help="What the platforms' waits are multiplied with.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SIMULATOR_ALLOWED:
            raise CommandError("The simulator runs in the demo, in development and in tests only.")
        mischief = Mischief(
            options["seed"], options["duplicates"], options["disorder"], options["errors"], options["pace"]
        )
        wanted = options["channel"]
        try:
            simulator = Simulator(
                mischief=mischief, port=options["port"], find=lambda key: found(key, options["port"], wanted)
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {options['port']} is taken by another program.") from None
            raise CommandError(f"The simulator could not start: {error}") from None
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        with simulator:
            self._open_all(simulator, wanted)
            self._play(simulator, stop, options)

    def _open_all(self, simulator: Simulator, wanted: list[str]) -> None:
        accounts = simulated_accounts(simulator.url, wanted)
        close_old_connections()
        for account in accounts:
            simulator.open(account)
        keys = ", ".join(account.key for account in accounts) or "no channel yet"
        self.stdout.write(f"Platforms on {simulator.url}: {keys}")

    def _play(self, simulator: Simulator, stop: threading.Event, options: dict[str, Any]) -> None:
        while options["openings"] and not stop.is_set() and not site_answers():
            stop.wait(1.0)  # a demo starts its web processes beside us; nobody writes to a closed door
        crowd = Crowd(
            simulator,
            seed=options["seed"],
            rate=options["rate"],
            openings=options["openings"],
            thanks=options["thanks"],
        )
        until = time.monotonic() + options["duration"] if options["duration"] else float("inf")
        while not stop.is_set() and time.monotonic() < until:
            stop.wait(min(crowd.step(), max(until - time.monotonic(), 0.0)))
        if options["duration"]:
            simulator.wait_idle(30.0)
            self.stdout.write(f"{crowd.written} messages were written.")


def found(key: str, port: int, wanted: list[str]) -> Account | None:
    """A channel that was set up while we run."""
    try:
        accounts = simulated_accounts(f"http://{HOST}:{port}", wanted)
    finally:
        close_old_connections()
    return next((account for account in accounts if account.key == key), None)


def site_answers() -> bool:
    """Whether a page comes; the first one after a start takes long."""
    try:
        status, _body = post(Request(f"{settings.SITE_URL}/accounts/sign-in/", method="GET"), timeout=30.0)
    except (OSError, http.client.HTTPException):
        return False
    return status == 200
