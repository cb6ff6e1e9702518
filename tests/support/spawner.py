"""A process that has loaded everything and makes copies of itself, each of which runs one management command.

So a test can start and kill the real command many times without waiting for Python each time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from contactcenter import env
from tests.support.live import _environment

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        try:
            call_command(*line.split())
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    print(child, flush=True)
"""


class Spawner:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, *command: str) -> int:
        """The process id of the command."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(command) + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def wait_ready(self) -> None:
        assert self._read() == "ready"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def spawner(**environment: str) -> Iterator[Spawner]:
    """Works in the test's database, as its owner."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**_environment("http://127.0.0.1"), **_of_owner(), **environment},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            found = Spawner(process)
            found.wait_ready()
            yield found
        finally:
            process.kill()


def _of_owner() -> dict[str, str]:
    address = urlsplit(env.text("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    address = address._replace(path=f"/{connection.settings_dict['NAME']}")
    return {"DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": address.geturl()}
