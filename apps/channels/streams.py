"""Sockets that we hold open, over which a platform brings what it has: the loop is common, what is said is the connector's.

Connecting anew after trouble, ever more slowly, is `services.fetching.listen_to`'s: let `StreamBroken` pass out of `listen`.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from apps.channels.contract import ChannelLease, VerifiedInput
from apps.channels.errors import ChannelError
from apps.channels.models import Channel
from apps.channels.services import inbox
from apps.core.http import AddressRefused, NameNotFound, checked_addresses

OPEN_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 2.0
PULSE_SECONDS: Final = 1.0
"""How soon a listener that is told to stop does so."""

PING_SECONDS: Final = 20.0
"""A peer that does not answer for so long is gone, though nobody said so."""

MAX_FRAME_BYTES: Final = 1024 * 1024
PORTS: Final = {"ws": 80, "wss": 443}


class StreamBroken(ChannelError):
    """Opening failed, or what was open ended. `close_code` is what the platform said at the end, if anything."""

    code = "channels.stream_broken"
    message = _("The connection to the platform broke off. It is opened again.")
    is_passing = True

    def __init__(self, close_code: int | None = None) -> None:
        super().__init__()
        self.close_code = close_code


class StreamRefused(ChannelError):
    """The platform does not let the channel in, or its address cannot be used: a person has to change something."""

    code = "channels.stream_refused"
    message = _("The platform refuses the connection: %(reason)s")


class Stream:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def hear(self, seconds: float) -> str | None:
        """The next frame, or None when none came in that time."""
        try:
            frame = self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            raise _broken(closed) from None
        return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")

    def say(self, document: Mapping[str, Any]) -> None:
        try:
            self._connection.send(json.dumps(document, ensure_ascii=False))
        except ConnectionClosed as closed:
            raise _broken(closed) from None


@contextmanager
def opened(url: str, *, max_bytes: int = MAX_FRAME_BYTES) -> Iterator[Stream]:
    """To a checked address, without proxies. The url may hold a ticket, so no error names it."""
    try:
        connection = connect(
            url,
            sock=_socket_to(url),
            proxy=None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_size=max_bytes,
            user_agent_header="contact-center",
        )
    except (OSError, WebSocketException):
        raise StreamBroken from None
    with connection:
        yield Stream(connection)


def frames(
    stream: Stream, lease: ChannelLease, stop: threading.Event, *, pulse: float = PULSE_SECONDS
) -> Iterator[str | None]:
    """What comes, until `stop` is set or the lease is lost; None after each pulse of silence, for those who have to say
    something regularly.
    """
    while not stop.is_set() and not lease.is_lost:
        yield stream.hear(pulse)


def accept(channel: Channel, lease: ChannelLease, item: VerifiedInput) -> bool:
    """Stores an item; after that it may be acknowledged. False when it was there. A replaced process stores nothing."""
    with transaction.atomic():
        lease.fence()
        event = inbox.accept(
            channel=channel,
            external_id=item.external_id,
            order_by=item.order_by,
            payload=item.payload,
            envelope=item.envelope,
        )
    return event is not None


def _socket_to(url: str) -> socket.socket:
    """The library would resolve the name once more, perhaps to another address."""
    host, port = _place(url)
    try:
        addresses = checked_addresses(host, port)
    except NameNotFound:
        raise StreamBroken from None
    except AddressRefused as refused:
        raise StreamRefused(reason=str(refused.message)) from None
    return socket.create_connection((addresses[0], port), timeout=OPEN_SECONDS)


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or PORTS[parts.scheme])
    except (ValueError, KeyError):
        place = ("", 0)
    if not place[0]:
        raise StreamRefused(reason=str(AddressRefused.message))
    return place


def _broken(closed: ConnectionClosed) -> StreamBroken:
    return StreamBroken(closed.rcvd.code if closed.rcvd else None)
