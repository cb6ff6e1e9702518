"""Hints that there is work: sent on commit, coalesced, and allowed to fail, since every sweep also runs on its
interval.
"""

from __future__ import annotations

import time

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from apps.core.sweeps import get_sweep

logger = structlog.get_logger(__name__)

_PENDING_SECONDS = 5
_PAUSE_AFTER_FAILURE = 2.0
_pause = {"until": 0.0}


def wake(name: str) -> None:
    """Have the sweep run soon after the current transaction commits; once, however often it is asked for in it."""
    get_sweep(name)
    connection = transaction.get_connection()
    waiting = {getattr(entry[1], "sweep_name", None) for entry in connection.run_on_commit}
    if name in waiting:
        return

    def send() -> None:
        _send(name)

    send.sweep_name = name  # type: ignore[attr-defined]
    transaction.on_commit(send)


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
    except Exception as error:  # noqa: BLE001 (whatever the client raises: the row is committed, the sweep finds it)
        _pause["until"] = time.monotonic() + _PAUSE_AFTER_FAILURE
        logger.warning("wake.failed", sweep=name, error=type(error).__name__)


def forget_hint(name: str) -> None:
    """Called by the worker before it looks, so that changes from here on send a new hint."""
    try:
        cache.delete(_pending_key(name))
    except Exception as error:  # noqa: BLE001 (a hint less or more changes nothing)
        logger.warning("wake.cache_failed", sweep=name, error=type(error).__name__)


def _pending_key(name: str) -> str:
    return f"look:{name}"
