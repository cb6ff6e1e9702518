"""Asks clamd about a file, by its INSTREAM command: over TCP or a socket on this machine."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT: Final = 60.0
"""Seconds for each step. clamd answers once it has looked at everything."""

MAX_ANSWER: Final = 4096
MAX_FINDING: Final = 120


class ScannerAway(Exception):
    """Nobody looked: the scanner is not there, or could not do its work. Holds why, and nothing of the file."""


def is_on() -> bool:
    return bool(settings.VIRUS_SCANNER)


def look_at(chunks: Iterable[bytes]) -> str:
    """The name of what was found, or "". Raises ScannerAway."""
    try:
        with _connected() as connection:
            return _finding(_asked(connection, chunks))
    except OSError as error:
        raise ScannerAway(type(error).__name__) from error


def address() -> tuple[str, int] | str:
    """Host and port, or the path of a socket. Raises ValueError for an address that is neither."""
    parts = urlsplit(settings.VIRUS_SCANNER)
    if parts.scheme == "unix" and parts.path:
        return parts.path
    if parts.scheme == "tcp" and parts.hostname:
        return parts.hostname, parts.port or 3310
    raise ValueError("VIRUS_SCANNER is tcp://host:port or unix:///path/of/a/socket.")


def _connected() -> socket.socket:
    place = address()
    if isinstance(place, tuple):
        return socket.create_connection(place, timeout=TIMEOUT)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _asked(connection: socket.socket, chunks: Iterable[bytes]) -> bytes:
    try:
        connection.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            if chunk:
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it had enough, and says why
    answer = b""
    while len(answer) < MAX_ANSWER and not answer.endswith(b"\0") and (part := connection.recv(MAX_ANSWER)):
        answer += part
    return answer


def _finding(answer: bytes) -> str:
    said = answer.rstrip(b"\0\r\n").decode("utf-8", "replace").removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")[:MAX_FINDING] or "unnamed"
    raise ScannerAway(said[:MAX_FINDING] or "no answer")
