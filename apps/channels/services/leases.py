"""The right of one process to do a named thing, for as long as it keeps saying so.

The database's clock decides, so machines may disagree about the time. Each new holder gets a higher token; what
a process writes after `fence()` in one transaction is never written by one that was replaced meanwhile.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from django.db import DatabaseError, close_old_connections, connection

from apps.channels.errors import LeaseLost

logger = structlog.get_logger(__name__)

TTL_SECONDS: Final = 30.0

_TAKE = """
INSERT INTO core_lease (name, holder, token, expires)
VALUES (%(name)s, %(holder)s, 1, statement_timestamp() + make_interval(secs => %(ttl)s))
ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, token = core_lease.token + 1, expires = excluded.expires
    WHERE core_lease.expires IS NULL OR core_lease.expires < statement_timestamp()
RETURNING token
"""
_RENEW = """
UPDATE core_lease SET expires = statement_timestamp() + make_interval(secs => %(ttl)s)
WHERE name = %(name)s AND token = %(token)s AND expires IS NOT NULL
"""
_RELEASE = "UPDATE core_lease SET expires = NULL WHERE name = %(name)s AND token = %(token)s"
_FENCE = """
SELECT 1 FROM core_lease
WHERE name = %(name)s AND token = %(token)s AND expires >= statement_timestamp() FOR SHARE
"""


class HeldLease:
    """A lease this process took. It is lost when it could not be renewed in time, or was released."""

    def __init__(self, name: str, token: int, ttl: float) -> None:
        self.name = name
        self._token = token
        self._ttl = ttl
        self._good_until = time.monotonic() + ttl
        self._lost = threading.Event()

    @property
    def token(self) -> int:
        return self._token

    @property
    def is_lost(self) -> bool:
        return self._lost.is_set() or time.monotonic() >= self._good_until

    def fence(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_FENCE, {"name": self.name, "token": self._token})
            if cursor.fetchone() is None:
                self._lost.set()
                raise LeaseLost

    def renew(self) -> bool:
        started = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, {"name": self.name, "token": self._token, "ttl": self._ttl})
            if cursor.rowcount:
                self._good_until = started + self._ttl
            else:
                self._lost.set()
        return not self._lost.is_set()

    def release(self) -> None:
        self._lost.set()
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, {"name": self.name, "token": self._token})


def take(name: str, *, ttl: float = TTL_SECONDS) -> HeldLease | None:
    """The lease, or None while another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"name": name, "holder": holder_name(), "ttl": ttl})
        row = cursor.fetchone()
    return HeldLease(name, row[0], ttl) if row else None


@contextmanager
def hold(name: str, *, ttl: float = TTL_SECONDS) -> Iterator[HeldLease | None]:
    """Takes the lease and keeps renewing it, from a thread of its own, until the block is left."""
    lease = take(name, ttl=ttl)
    if lease is None:
        yield None
        return
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, done, ttl / 3), name=f"lease {name}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join(timeout=ttl)
        try:
            lease.release()
        except DatabaseError:
            logger.warning("lease.not_released", lease=name)


def _keep(lease: HeldLease, done: threading.Event, pause: float) -> None:
    try:
        while not done.wait(pause) and not lease.is_lost:
            try:
                lease.renew()
            except DatabaseError:
                # The lease runs out by itself if this goes on; until then the next try may work.
                logger.warning("lease.not_renewed", lease=lease.name)
                close_old_connections()
    finally:
        connection.close()


def holder_name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"
