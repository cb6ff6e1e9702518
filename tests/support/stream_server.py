"""A platform on loopback that is listened to over a socket: a script says what it tells, and it remembers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Script = Callable[[ServerConnection], None]


@dataclass
class StreamServer:
    """`scripts` are for the connections in their order; the last stays. Each ends with its connection."""

    url: str = ""
    scripts: list[Script] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, connection: ServerConnection) -> None:
        with self.lock:
            self.paths.append(connection.request.path if connection.request else "")
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        try:
            script(connection)
        except ConnectionClosed:
            pass

    def hear(self, connection: ServerConnection) -> str:
        frame = connection.recv(timeout=60)
        text = frame if isinstance(frame, str) else frame.decode()
        self.heard.append(text)
        return text


def stay(connection: ServerConnection) -> None:
    """Says nothing more until the other side goes."""
    for _frame in connection:
        pass


@contextmanager
def stream_server(*scripts: Script) -> Iterator[StreamServer]:
    platform = StreamServer(scripts=list(scripts or [stay]))
    with serve(platform.serve, "127.0.0.1", 0, close_timeout=1) as server:
        host, port = server.socket.getsockname()[:2]
        platform.url = f"ws://{host}:{port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown()
            thread.join(timeout=60)
