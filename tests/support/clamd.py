"""A virus scanner: clamd itself where it is installed, with a signature of our own; else a server that speaks its protocol."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.live import wait_until

VIRUS = b"a planted virus of our own"
NAME = "Own-Test-Signature"
CLAMD = os.environ.get("CLAMD") or shutil.which("clamd")


@contextmanager
def real_clamd(folder: Path) -> Iterator[str]:
    """Its address. `folder` has to have a short name: a socket's path may have a hundred characters."""
    assert CLAMD is not None
    (folder / "own.ndb").write_text(f"{NAME}:0:*:{VIRUS.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nDatabaseDirectory {folder}\nLocalSocket {folder}/s\nStreamMaxLength 26M\n"
    )
    process = subprocess.Popen([CLAMD, "-c", folder / "clamd.conf"], stdout=subprocess.DEVNULL, cwd=folder)
    try:
        wait_until((folder / "s").exists, seconds=60)
        yield f"unix://{folder}/s"
    finally:
        process.terminate()
        process.wait(30)


class SpokenClamd:
    """Speaks INSTREAM on a port of its own. `says` replaces its answer; `limit` is what it takes at most, in bytes."""

    def __init__(self) -> None:
        self.says: bytes | None = None
        self.limit = 1 << 30
        self.seen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        if stream.read(10) != b"zINSTREAM\0":
            connection.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while (length := struct.unpack(">I", stream.read(4))[0]) and len(content) <= self.limit:
            content += stream.read(length)
        self.seen.append(content)
        found = f"stream: {NAME} FOUND" if VIRUS in content else "stream: OK"
        is_long = len(content) > self.limit
        connection.sendall((b"INSTREAM size limit exceeded. ERROR" if is_long else self.says or found.encode()) + b"\0")
