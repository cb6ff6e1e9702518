"""This process's open desks, kept alive by one statement every few seconds however many there are."""

from __future__ import annotations

import asyncio
import uuid
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from apps.routing.services import connections

logger = structlog.get_logger(__name__)

PROCESS = uuid.uuid4()


class _Desks:
    """Those of one event loop; a web process has one. The clock runs only while a desk is open."""

    def __init__(self) -> None:
        self._users: dict[uuid.UUID, int] = {}
        self._clock: asyncio.Task[None] | None = None

    async def open(self, user_id: int) -> uuid.UUID:
        pk: uuid.UUID = await database_sync_to_async(connections.open_connection)(user_id=user_id, process=PROCESS)
        self._users[pk] = user_id
        if self._clock is None:
            self._clock = asyncio.create_task(self._keep_open())
        return pk

    async def close(self, pk: uuid.UUID) -> None:
        self._users.pop(pk, None)
        if not self._users and self._clock is not None:
            self._clock.cancel()
            self._clock = None
        await database_sync_to_async(connections.close_connection)(pk)

    async def _keep_open(self) -> None:
        while True:
            await asyncio.sleep(connections.BEAT.total_seconds())
            try:
                await database_sync_to_async(connections.keep_open)(PROCESS, dict(self._users))
            except DatabaseError as error:  # the next beat writes again what expired meanwhile
                logger.warning("desks.not_prolonged", error=type(error).__name__)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Desks] = WeakKeyDictionary()


async def open_desk(user_id: int) -> uuid.UUID:
    return await _desks.setdefault(asyncio.get_running_loop(), _Desks()).open(user_id)


async def close_desk(pk: uuid.UUID) -> None:
    await _desks.setdefault(asyncio.get_running_loop(), _Desks()).close(pk)
