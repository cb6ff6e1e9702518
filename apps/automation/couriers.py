"""Threads that carry calls, so that a receiver that takes its time holds up neither the sweep nor other receivers.

A sweep reserves a place before it claims a delivery: what is claimed is on its way, and never waits in a line in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import structlog
from django.conf import settings
from django.db import connections

from apps.core.wake import wake

logger = structlog.get_logger(__name__)
Job = Callable[[], None]


def reserve() -> bool:
    """Take a place; `run` or `release` gives it back."""
    return not settings.WEBHOOK_THREADS or _places().acquire(blocking=False)


def release() -> None:
    if settings.WEBHOOK_THREADS:
        _places().release()


def run(job: Job) -> None:
    """In a thread, or right here where the settings give none (in tests, which look at their own transaction)."""
    if settings.WEBHOOK_THREADS:
        _pool().submit(_work, job)
    else:
        job()


def _work(job: Job) -> None:
    try:
        job()
    except Exception:
        # The lease of what was carried runs out, and it is carried again; the log has the story.
        logger.exception("webhook.courier_failed")
    finally:
        release()
        wake("automation.send")  # more may be due than there were places
        connections.close_all()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.WEBHOOK_THREADS, thread_name_prefix="webhook")


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.WEBHOOK_THREADS)
