"""The parsing child's own loop: read a request, answer it, until the parent closes the pipe."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
from typing import Any, BinaryIO

from apps.channels.connectors.email.child import FRAME
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import to_wire


def main() -> None:
    memory_bytes, cpu_seconds = int(sys.argv[1]), float(sys.argv[2])
    _confine(memory_bytes)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        head = source.read(FRAME.size)
        if len(head) < FRAME.size:
            return
        json_size, blob_size = FRAME.unpack(head)
        request = json.loads(source.read(json_size))
        raw = source.read(blob_size)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        described, blobs = _answer(request, raw)
        _send(sink, described, blobs)
        signal.setitimer(signal.ITIMER_PROF, 0)
        del raw, described, blobs
        if blob_size > 5_000_000:
            gc.collect()


def _confine(memory_bytes: int) -> None:
    """Bounds on what this process may take. The default action of the timer's signal ends it even inside C code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (bound, bound))


def _answer(request: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        described, blobs = to_wire(parse_mail(raw, Limits(**request["limits"])))
    except MemoryError:
        return {"failed": "parser_memory"}, []
    except Exception:  # noqa: BLE001  # whatever a mail provokes here, its parent shows it raw with a notice
        return {"failed": "parser_crashed"}, []
    return {"mail": described}, blobs


def _send(sink: BinaryIO, described: dict[str, Any], blobs: list[bytes]) -> None:
    head = json.dumps(described).encode()
    sink.write(FRAME.pack(len(head), sum(map(len, blobs))))
    sink.write(head)
    sink.writelines(blobs)
    sink.flush()


if __name__ == "__main__":
    main()
