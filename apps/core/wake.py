"""Hints that there is work: sent on commit, coalesced, and allowed to fail, since every sweep also runs on its
interval.
"""

from __future__ import annotations

import atexit
import os
import threading
import time

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from apps.core.outage import Outage
from apps.core.sweeps import get_sweep

_outage = Outage("wake.failed")

_PENDING_SECONDS = 5
_PAUSE_AFTER_FAILURE = 2.0
_pause = {"until": 0.0}

GATHER_SECONDS = 0.02
"""Hints of one process go at this distance; the first one after a while goes at once."""


def wake(name: str) -> None:
    """Have the sweep run soon after the current transaction commits; once, however often it is asked for in it."""
    get_sweep(name)
    connection = transaction.get_connection()
    waiting = {getattr(entry[1], "sweep_name", None) for entry in connection.run_on_commit}
    if name in waiting:
        return

    def send() -> None:
        _messenger.ask(name)

    send.sweep_name = name  # type: ignore[attr-defined]
    transaction.on_commit(send)


class _Messenger:
    """Sends from a thread of its own: nobody who works for a customer waits for the broker, and what is asked for many
    times in a moment is sent once.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, name: str) -> None:
        with self._bell:
            self._names.add(name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()
            self._bell.notify()

    def send_all(self) -> None:
        with self._bell:
            names, self._names = self._names, set()
        for name in names:
            _send(name)

    def _run(self) -> None:
        while True:
            with self._bell:
                self._bell.wait_for(lambda: self._names)
            self.send_all()
            time.sleep(GATHER_SECONDS)


_messenger = _Messenger()
atexit.register(_messenger.send_all)
# Threads do not go along into a child; it gets a bell that nobody holds and starts its own.
os.register_at_fork(after_in_child=_messenger.__init__)  # type: ignore[misc]  # called on purpose


def _send(name: str) -> None:
    if not getattr(settings, "WAKE_SWEEPS", True) or time.monotonic() < _pause["until"]:
        return
    try:
        # A hint that still lies in the broker serves for this change, too.
        if not cache.add(_pending_key(name), 1, timeout=_PENDING_SECONDS):
            return
        current_app.send_task(
            "core.look", args=[name], queue=get_sweep(name).queue, ignore_result=True, retry=False, expires=60
        )
        _outage.worked()
    except Exception as error:  # noqa: BLE001 (whatever the client raises: the row is committed, the sweep finds it)
        _pause["until"] = time.monotonic() + _PAUSE_AFTER_FAILURE
        _outage.failed(error, sweep=name)


def forget_hint(name: str) -> None:
    """Called by the worker before it looks, so that changes from here on send a new hint."""
    try:
        cache.delete(_pending_key(name))
    except Exception as error:  # noqa: BLE001 (a hint less or more changes nothing)
        _outage.failed(error, sweep=name)


def _pending_key(name: str) -> str:
    return f"look:{name}"
