"""A lease that is kept for as long as a block runs, however long that is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog
from django.db import DatabaseError, close_old_connections, connection

from apps.channels.errors import LeaseLost
from apps.core.leases import HeldLease, take_lease

logger = structlog.get_logger(__name__)

TTL: Final = timedelta(seconds=30)


@contextmanager
def hold(name: str, *, ttl: timedelta = TTL) -> Iterator[HeldLease | None]:
    """Takes the lease and renews it from a thread of its own until the block is left; None while another has it."""
    lease = take_lease(name, ttl=ttl, lost_error=LeaseLost)
    if lease is None:
        yield None
        return
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, done), name=f"lease {name}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join(timeout=ttl.total_seconds())
        _release(lease)


def _keep(lease: HeldLease, done: threading.Event) -> None:
    try:
        while not done.wait(lease.ttl.total_seconds() / 3) and not lease.is_lost:
            try:
                lease.renew()
            except DatabaseError:
                # It runs out by itself if this goes on; until then the next try may work.
                logger.warning("lease.not_renewed", lease=lease.name)
                close_old_connections()
    finally:
        connection.close()


def _release(lease: HeldLease) -> None:
    try:
        lease.release()
    except DatabaseError:
        logger.warning("lease.not_released", lease=lease.name)
