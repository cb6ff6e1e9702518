"""The ground that every benchmark stands on: a database cluster of its own under var/bench, web processes, figures."""

from __future__ import annotations

import http.client
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from contactcenter.embedded.postgres import OWNER, Postgres
from contactcenter.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "var" / "bench"


@contextmanager
def servers() -> Iterator[None]:
    """Starts the cluster and a broker and points this process and its children at them. The data stays."""
    BENCH.mkdir(parents=True, exist_ok=True)
    postgres = Postgres(BENCH / "postgres", BENCH / "log" / "postgres.log")
    valkey = Valkey(BENCH / "valkey", BENCH / "log" / "valkey.log")
    try:
        for server in (postgres, valkey):
            server.prepare()
            server.start()
            server.wait_ready()
        os.environ |= {
            "DATABASE_URL": postgres.url(),
            "DATABASE_OWNER_URL": postgres.url(OWNER),
            "REDIS_URL": valkey.url,
            "DJANGO_SETTINGS_MODULE": "contactcenter.settings.dev",
            "DEMO": "1",
            "LOG_LEVEL": "WARNING",
            "MEDIA_ROOT": str(BENCH / "media"),
            "API_RATE_PER_MINUTE": "100000000",
        }
        run("contactcenter.prepare", DATABASE_ROLE="owner", accept={0, 10})
        yield
    finally:
        valkey.stop()
        postgres.stop()


def run(module: str, *arguments: str, accept: Iterable[int] = (0,), **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    if done.returncode not in accept:
        raise SystemExit(f"{module} ended with {done.returncode}")


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """A copy of the cluster's database to write into, gone afterwards. Before Django is set up."""
    known = {key: os.environ[key] for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    place, original = known["DATABASE_OWNER_URL"].rsplit("/", 1)
    drop, create = f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {original}"
    with psycopg.connect(f"{place}/postgres", autocommit=True) as owner:
        owner.execute(drop)
        owner.execute(create)
    os.environ |= {key: f"{url.rsplit('/', 1)[0]}/{name}" for key, url in known.items()}
    try:
        yield
    finally:
        os.environ |= known
        _close_connections()
        with psycopg.connect(f"{place}/postgres", autocommit=True) as owner:
            owner.execute(drop)


def _close_connections() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's backend


def set_up_django() -> None:
    import django

    django.setup()


def brand() -> Any:
    """One to write under; a cluster without the demo has none yet."""
    from apps.accounts.models import Brand

    return Brand.objects.order_by("pk").first() or Brand.objects.create(
        key="bench", name={"en": "Bench"}, is_default=True
    )


# --- Web processes ------------------------------------------------------------------------------------------------


@contextmanager
def web(processes: int = 2) -> Iterator[tuple[int, list[psutil.Process]]]:
    """Web processes as `manage.py up` runs them, on a port of their own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        listener.set_inheritable(True)
        command = [sys.executable, "-m", "contactcenter.processes.web", f"--fd={listener.fileno()}"]
        started = [subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()]) for _ in range(processes)]
        port: int = listener.getsockname()[1]
        try:
            for _ in range(4 * processes):
                Client(port).get("/healthz")
            yield port, [psutil.Process(process.pid) for process in started]
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=20)


class Client:
    """One connection that stays open, as a browser's does."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = headers or {}

    def get(self, path: str) -> bytes:
        return self._ask("GET", path, None, {200})

    def post(self, path: str, body: bytes) -> bytes:
        return self._ask("POST", path, body, {200, 201, 202})

    def _ask(self, method: str, path: str, body: bytes | None, expected: set[int]) -> bytes:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in expected:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content


def session_of(username: str) -> dict[str, str]:
    """The cookie of somebody who signed in."""
    from django.conf import settings
    from django.test import Client as TestClient

    from apps.accounts.models import User

    client = TestClient()
    client.force_login(User.objects.get(username=username), backend="apps.accounts.backends.StaffBackend")
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


# --- Figures ------------------------------------------------------------------------------------------------------


def one_client(ask: Callable[[], object], *, times: int) -> list[float]:
    """Milliseconds of each call, one after the other, after a few that warm up."""
    for _ in range(10):
        ask()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def many_clients(clients: Sequence[Callable[[int], object]], *, each: int) -> float:
    """Calls a second over all clients."""

    def work(ask: Callable[[int], object]) -> None:
        for number in range(each):
            ask(number)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, clients))
    return len(clients) * each / (time.perf_counter() - began)


def part(taken: Sequence[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * share))]


def machine() -> str:
    from django.db import connection

    memory = psutil.virtual_memory().total / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, Python {platform.python_version()}, "
        f"PostgreSQL {version}, load average {load}"
    )


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print(f"\n{title}\n{machine()}\n")
    print_rows(head, rows)


def print_rows(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [list(map(str, head)), *[[_shown(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def _shown(cell: object) -> str:
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)
