"""Hints to open pages: "ticket 42 is at version 7". Never data, and allowed to get lost: pages ask "since N" as well.

Hints leave on commit, from one background thread a process with its own event loop, so that no request waits for them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

from apps.core.models import Event
from apps.core.outage import Outage

_outage = Outage("live.hint_failed")

EVERYONE = "everyone"
MESSAGE_TYPE = "live.hint"
MAX_WAITING = 1000
ACCESS = "access"
"""The hint that something was taken away from whoever gets it."""


def group(kind: str, pk: int) -> str:
    """The name of the group that watches one thing: a queue, a ticket, a user's own screens."""
    return f"{kind}.{int(pk)}"


def hint(kind: str, id: int, version: int, *, groups: Iterable[str], position: int | None = None) -> None:  # noqa: A002
    """Tell the groups, once the current transaction has committed, that something changed."""
    message = {"type": MESSAGE_TYPE, "kind": kind, "id": id, "version": version, "position": position}
    names = sorted(set(groups))
    transaction.on_commit(lambda: _sender().send(names, message), robust=True)


def cut_off(user_ids: Iterable[int]) -> None:
    """Access was taken away from these people: their open pages ask anew, or leave, once that is committed."""
    groups = [group("user", pk) for pk in user_ids]
    if groups:
        hint(ACCESS, 0, 0, groups=groups)


def events_after(position: int, *, kinds: Iterable[str] | None = None, limit: int = 200) -> list[Event]:
    """What was numbered after a position, oldest first. The caller still asks for each thing through its own door."""
    rows = Event.objects.filter(position__gt=position)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    return list(rows.order_by("position")[:limit])


class _Sender:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._waiting = 0
        threading.Thread(target=self._loop.run_forever, name="live-hints", daemon=True).start()

    def send(self, groups: list[str], message: dict[str, Any]) -> None:
        if self._waiting >= MAX_WAITING:
            return  # the broker is slow or gone; pages catch up by asking
        self._waiting += 1
        asyncio.run_coroutine_threadsafe(self._send(groups, message), self._loop)

    async def _send(self, groups: list[str], message: dict[str, Any]) -> None:
        try:
            layer = get_channel_layer()
            if layer is not None:
                async with asyncio.timeout(5):
                    await asyncio.gather(*(layer.group_send(name, {**message, "group": name}) for name in groups))
        except Exception as error:  # noqa: BLE001  hints are best effort, whatever the layer's client raises
            _outage.failed(error)
        else:
            _outage.worked()
        finally:
            self._waiting -= 1


_lock = threading.Lock()
_current: list[_Sender] = []


def _sender() -> _Sender:
    """This process's sender; a forked worker starts its own."""
    with _lock:
        if not _current or _current[0].pid != os.getpid():
            _current[:] = [_Sender()]
        return _current[0]
