"""Named leases: one process at a time works on a thing, and one that was replaced cannot write any more.

Time is the database's. The fencing token rises with each holder; ``fence()`` inside the writing transaction is what
makes a late process harmless, everything else only makes it rare.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction

from apps.core.errors import AppError
from apps.core.models import Lease


class LeaseLost(AppError):
    code = "core.lease_lost"


class HeldLease:
    """A lease that this process took. ``lost_error`` lets an app raise its own error from ``fence``."""

    def __init__(self, name: str, token: int, ttl: timedelta, lost_error: type[AppError] = LeaseLost) -> None:
        self.name = name
        self.token = token
        self.ttl = ttl
        self._lost_error = lost_error
        self._lost = threading.Event()
        self._renewed = time.monotonic()

    @property
    def is_lost(self) -> bool:
        """Whether another process may hold it by now; asks nobody."""
        return self._lost.is_set() or time.monotonic() - self._renewed >= self.ttl.total_seconds()

    def renew(self) -> bool:
        """Prolong it; False when it belongs to another process."""
        asked = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_lease SET expires = clock_timestamp() + make_interval(secs => %s)"
                " WHERE name = %s AND token = %s AND holder <> ''",
                [self.ttl.total_seconds(), self.name, self.token],
            )
            renewed = bool(cursor.rowcount == 1)
        if renewed:
            self._renewed = asked
        else:
            self._lost.set()
        return renewed

    def fence(self) -> None:
        """Lock the lease until the end of the current transaction, or raise: what follows is written by its holder
        only.
        """
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("fence() protects a transaction and there is none.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM core_lease WHERE name = %s AND token = %s FOR SHARE", [self.name, self.token])
            if cursor.fetchone() is None:
                self._lost.set()
                raise self._lost_error

    def release(self) -> None:
        self._lost.set()
        Lease.objects.filter(name=self.name, token=self.token).update(holder="", expires=None)


def take_lease(name: str, *, ttl: timedelta, lost_error: type[AppError] = LeaseLost) -> HeldLease | None:
    """Take the lease if nobody holds it now."""
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_lease SET token = token + 1, holder = %s,"
            " expires = clock_timestamp() + make_interval(secs => %s)"
            " WHERE name = (SELECT name FROM core_lease WHERE name = %s"
            "               AND (expires IS NULL OR expires <= clock_timestamp()) FOR UPDATE SKIP LOCKED)"
            " RETURNING token",
            [_holder(), ttl.total_seconds(), name],
        )
        row = cursor.fetchone()
    return None if row is None else HeldLease(name, row[0], ttl, lost_error)


@contextmanager
def leased(name: str, *, ttl: timedelta) -> Iterator[HeldLease | None]:
    """Hold the lease for the block; None when another process has it."""
    lease = take_lease(name, ttl=ttl)
    try:
        yield lease
    finally:
        if lease is not None and not lease.is_lost:
            lease.release()


def _holder() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"
