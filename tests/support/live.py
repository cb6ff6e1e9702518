"""Real processes on the test database: the web server and a worker, as an installation runs them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from apps.core.sweeps import run_sweeps
from contactcenter.processes import children
from tests.support import databases

ROOT = Path(__file__).resolve().parent.parent.parent
LOG_TAIL = 2_000
QUEUES = ("inbound", "outbound", "events", "bulk")


@dataclass
class Live:
    """The running installation under test."""

    url: str
    logs: Path
    environment: dict[str, str]
    listener: socket.socket
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        """Starts a process, once; `name` also names its log."""
        if name in self.running and self.running[name].poll() is None:
            return
        with (self.logs / f"{name}.log").open("ab") as output:
            self.running[name] = children.spawn(
                [sys.executable, *command],
                env=self.environment,
                output=output,
                pass_fds=(self.listener.fileno(),),
                death_signal=signal.SIGKILL,
                cwd=ROOT,
            )

    def start_web(self) -> None:
        self.start("web", "-m", "contactcenter.processes.web", f"--fd={self.listener.fileno()}")

    def start_worker(self) -> None:
        self.start("worker", "-m", "contactcenter.processes.worker", *QUEUES, "--threads=4", "--keeps-time")

    def start_listen(self) -> None:
        """Long-lived connections to mailboxes; only tests of mail need it."""
        self.start("listen", "manage.py", "listen")

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        process = self.running[name]
        children.signal_group(process.pid, how)
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            children.signal_group(process.pid, signal.SIGTERM)
        for process in self.running.values():
            children.wait_exit(process, 10)
            # The whole group: what it started may hold on to the database for longer than it did.
            children.signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.listener.close()

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")


_running: Live | None = None


@pytest.fixture(autouse=True)
def _database_of_live(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that uses `live` works in the database of the live processes, before any other fixture writes to one.

    Their worker does whatever it finds to do, so it may not see what other tests of this process write.
    """
    if "live" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("django_db_setup")
    blocker: DjangoDbBlocker = request.getfixturevalue("django_db_blocker")
    usual = str(connection.settings_dict["NAME"])
    with blocker.unblock():
        _ensure_running(usual)
        databases.work_in(live_name(usual))
    yield
    with blocker.unblock():
        databases.work_in(usual)


@pytest.fixture
def live(_database_of_live: None, transactional_db: None) -> Live:
    """The running installation. What the test writes is committed, for the processes to see, and goes after it."""
    assert _running is not None
    # A test before this one may have ended between a kill and the start that was to follow.
    _running.start_web()
    _running.start_worker()
    # The test before took their places along; who has none begins with what happens after the worker's next look.
    run_sweeps("core.events")
    return _running


def live_name(database: str) -> str:
    return f"{database}_live"


def _ensure_running(usual: str) -> None:
    global _running
    if _running is None:
        databases.copy(usual, live_name(usual))
        databases.work_in(live_name(usual))
        _running = start_live()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The processes end with the last test in a row that uses them: others need the memory and the time."""
    global _running
    if _running is not None and not uses_live(nextitem):
        _running.stop()
        _running = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """What the processes said last stands under a failure: it may be theirs."""
    report = yield
    if report.failed and _running is not None and uses_live(item):
        for name in _running.running:
            report.sections.append((f"log of {name}", _running.log(name)[-LOG_TAIL:]))
    return report


def uses_live(item: pytest.Item | None) -> bool:
    return item is not None and "live" in getattr(item, "fixturenames", ())


def start_live() -> Live:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.set_inheritable(True)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    logs = ROOT / "var" / "test" / "log" / os.environ.get("PYTEST_XDIST_WORKER", "main")
    logs.mkdir(parents=True, exist_ok=True)
    live = Live(url, logs, _environment(url), listener)
    live.start_web()
    live.start_worker()
    wait_until(lambda: _answers(live), seconds=240, what=lambda: f"the web process answers\n{live.log('web')}")
    return live


def _environment(url: str) -> dict[str, str]:
    account = connection.settings_dict
    credentials = quote(account["USER"], safe="")
    if account["PASSWORD"]:
        credentials += ":" + quote(account["PASSWORD"], safe="")
    place = f"{account['HOST']}:{account['PORT']}" if account["PORT"] else account["HOST"]
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "contactcenter.settings.test",
        "DATABASE_URL": f"postgres://{credentials}@{place}/{quote(account['NAME'], safe='')}",
        "REDIS_PREFIX": settings.REDIS_PREFIX,
        "SITE_URL": url,
        "LOG_LEVEL": "INFO",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "default",
    }


def _answers(live: Live) -> bool:
    host = live.url.removeprefix("http://")
    request = http.client.HTTPConnection(host, timeout=30)
    try:
        request.request("GET", "/accounts/sign-in/")  # a page, so that templates are loaded before the first test
        return request.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        request.close()


def wait_until(
    holds: Callable[[], object],
    *,
    seconds: float = 60.0,
    what: str | Callable[[], str] = "it holds",
    pause: float = 0.1,
) -> None:
    """Waits for a condition; fails with `what` (text, or a function that says it) when it does not come true."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            pytest.fail(f"Not within {seconds:g} s: {text}", pytrace=False)
        time.sleep(pause)
