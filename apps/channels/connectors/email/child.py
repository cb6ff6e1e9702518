"""Parsing in a child process with bounds on time and memory, so that no mail crashes, stalls or vanishes.

One child per worker process is reused for many mails. It ends itself when a mail uses up its processor time, is
killed when it does not answer, and is replaced when it dies; its parent then falls back to `raw_mail`, which parses
nothing. Requests and results cross
pipes as length-prefixed JSON with the attachments' bytes behind it; nothing is ever unpickled.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from apps.channels.connectors.email.limits import DEFAULT_LIMITS, PARSE_MEMORY_BYTES, PARSE_SECONDS, Limits
from apps.channels.connectors.email.parse import raw_mail
from apps.channels.connectors.email.parsed import Notice, ParsedMail, from_wire

FRAME: Final = struct.Struct(">IQ")
"""Length of the JSON, length of the bytes behind it."""

_ROOT: Final = Path(__file__).resolve().parents[4]
_CHUNK: Final = 1024 * 1024
_RESULT_FACTOR: Final = 4
"""A result may be this many times as long as its mail, plus a megabyte: anything longer is refused."""


class ChildFailedError(Exception):
    """The child died, took too long or answered nonsense; `code` is the notice to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Child:
    """One parsing process, used by one thread at a time."""

    def __init__(self, *, memory_bytes: int = PARSE_MEMORY_BYTES, cpu_seconds: float = PARSE_SECONDS) -> None:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(_ROOT),
            "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
            "LC_ALL": "C.UTF-8",
        }
        self.process = subprocess.Popen(  # our own module, no shell
            [
                sys.executable,
                "-s",
                "-m",
                "apps.channels.connectors.email.child_main",
                str(memory_bytes),
                str(cpu_seconds),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={key: value for key, value in environment.items() if value},
            close_fds=True,
            start_new_session=True,
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise ChildFailedError("parser_crashed")
        self._input = self.process.stdin.fileno()
        self._output = self.process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)

    def close(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.wait()

    def ask(self, request: dict[str, Any], blob: bytes, *, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send one request and wait for its answer, both within `seconds`."""
        deadline = time.monotonic() + seconds
        head = json.dumps(request).encode()
        answer = self._exchange(
            [FRAME.pack(len(head), len(blob)), head, blob],
            deadline,
            limit=_RESULT_FACTOR * len(blob) + _CHUNK * 8,
        )
        json_size, blob_size = FRAME.unpack_from(answer)
        body = answer[FRAME.size :]
        try:
            described = json.loads(bytes(body[:json_size]))
        except ValueError as error:
            raise ChildFailedError("parser_crashed") from error
        return described, bytes(body[json_size : json_size + blob_size])

    def _exchange(self, pieces: list[bytes], deadline: float, *, limit: int) -> bytearray:
        """Write and read at once, so that neither side waits for a full pipe."""
        pending = [memoryview(piece) for piece in pieces if piece]
        answer = bytearray()
        wanted: int | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(self._input, selectors.EVENT_WRITE)
            selector.register(self._output, selectors.EVENT_READ)
            while wanted is None or len(answer) < wanted:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ChildFailedError("parser_busy")
                for key, _ in selector.select(left):
                    if key.fd == self._input:
                        self._write(pending)
                        if not pending:
                            selector.unregister(self._input)
                    else:
                        self._read(answer)
                if wanted is None and len(answer) >= FRAME.size:
                    wanted = FRAME.size + sum(FRAME.unpack_from(answer))
                    if wanted > limit:
                        raise ChildFailedError("parser_crashed")
        return answer

    def _write(self, pending: list[memoryview]) -> None:
        try:
            written = os.write(self._input, pending[0][:_CHUNK])
        except BlockingIOError:
            return
        except OSError as error:
            raise self._died() from error
        pending[0] = pending[0][written:]
        if not pending[0]:
            pending.pop(0)

    def _read(self, answer: bytearray) -> None:
        try:
            chunk = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            raise self._died()
        answer += chunk

    def _died(self) -> ChildFailedError:
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return ChildFailedError("parser_crashed")
        return ChildFailedError("parser_timeout" if code == -signal.SIGPROF else "parser_crashed")


class ParserPool:
    """Children kept for reuse; as many as threads parse at once. Safe across fork: each process has its own."""

    def __init__(self, *, mails_per_child: int = 1000, memory_bytes: int = PARSE_MEMORY_BYTES) -> None:
        self._mails_per_child = mails_per_child
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._idle: list[tuple[Child, int]] = []
        self._owner = os.getpid()

    def parse(self, raw: bytes, *, limits: Limits = DEFAULT_LIMITS, seconds: float = PARSE_SECONDS) -> ParsedMail:
        """Parse a mail; always answers, within `seconds` and the time of the plain fallback."""
        if len(raw) > limits.message_bytes:
            return raw_mail(raw, (Notice("limit_size", f"{len(raw)}>{limits.message_bytes}"),), limits)
        try:
            described, blob = self._run({"limits": asdict(limits)}, raw, seconds)
            if "failed" in described:
                return raw_mail(raw, (Notice(described["failed"]),), limits)
            return from_wire(described["mail"], blob)
        except ChildFailedError as error:
            return raw_mail(raw, (Notice(error.code),), limits)
        except (KeyError, TypeError, ValueError):
            return raw_mail(raw, (Notice("parser_crashed"),), limits)

    def close(self) -> None:
        """End all idle children."""
        with self._lock:
            idle, self._idle = self._idle if self._owner == os.getpid() else [], []
        for child, _ in idle:
            child.close()

    def _run(self, request: dict[str, Any], raw: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        child, used = self._take()
        try:
            answer = child.ask(request, raw, seconds=seconds)
        except BaseException:
            child.close()
            raise
        if used + 1 >= self._mails_per_child:
            child.close()
        else:
            with self._lock:
                self._idle.append((child, used + 1))
        return answer

    def _take(self) -> tuple[Child, int]:
        with self._lock:
            if self._owner != os.getpid():
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child, used = self._idle.pop()
                if child.process.poll() is None:
                    return child, used
                child.close()
        try:
            return Child(memory_bytes=self._memory_bytes), 0
        except OSError as error:
            raise ChildFailedError("parser_unavailable") from error


_pool = ParserPool()
atexit.register(_pool.close)


def parse_in_child(raw: bytes, *, limits: Limits = DEFAULT_LIMITS, seconds: float = PARSE_SECONDS) -> ParsedMail:
    """Parse a mail in this process's shared pool."""
    return _pool.parse(raw, limits=limits, seconds=seconds)
