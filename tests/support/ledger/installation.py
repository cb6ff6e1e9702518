"""A whole installation of its own, whose processes and servers are killed and started again at will."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contactcenter.embedded.postgres import OWNER, Postgres
from contactcenter.embedded.valkey import Valkey
from contactcenter.processes import children

ROOT = Path(__file__).resolve().parent.parent.parent.parent
WORKERS = ("inbound", "outbound", "events")


def quiet_port() -> int:
    """Below those that connections of other programs take, so that a server that was killed can come back to its own."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@dataclass
class Installation:
    """Servers, processes and the addresses by which a driver reaches them. Everything lives under `directory`."""

    directory: Path
    postgres: Postgres = field(init=False)
    valkey: Valkey = field(init=False)
    listener: socket.socket = field(init=False)
    smtp_port: int = field(default_factory=quiet_port)
    imap_port: int = field(default_factory=quiet_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place, logs = self.directory, self.directory / "log"
        self.postgres = Postgres(place / "postgres", logs / "postgres.log", durable=True, port=quiet_port())
        self.valkey = Valkey(place / "valkey", logs / "valkey.log", port=quiet_port())
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(512)
        self.listener.set_inheritable(True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))},
            "DJANGO_SETTINGS_MODULE": "contactcenter.settings.dev",
            "DEMO": "1",
            "DATABASE_URL": self.postgres.url(),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER),
            "REDIS_URL": self.valkey.url,
            "MEDIA_ROOT": str(self.directory / "media"),
            "DEMO_SMTP_PORT": str(self.smtp_port),
            "DEMO_IMAP_PORT": str(self.imap_port),
            "LOG_LEVEL": "WARNING",
        }

    # --- Life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        (self.directory / "log").mkdir(parents=True, exist_ok=True)
        for server in (self.postgres, self.valkey):
            server.prepare()
            server.start()
            server.wait_ready()
        self.run("-m", "contactcenter.prepare", DATABASE_ROLE="owner", accepts=(0, 10))
        self.run("manage.py", "seed", "--tickets", "1", "--customers", "1")
        self.run("-m", "tests.support.ledger.world")
        for name in self.programs():
            self.ensure(name)

    def programs(self) -> dict[str, list[str]]:
        module = "contactcenter.processes"
        return {
            "mail": ["manage.py", "demo_mail", "--folder", str(self.directory / "mail")],
            "web": ["-m", f"{module}.web", f"--fd={self.listener.fileno()}"],
            **{name: ["-m", f"{module}.worker", name, "--threads=2"] for name in WORKERS},
            "beat": ["-m", f"{module}.beat"],
            "listen": ["manage.py", "listen"],
        }

    def run(self, *command: str, accepts: tuple[int, ...] = (0,), **environment: str) -> str:
        """Runs a command to its end and returns what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            env={**self.environment, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode not in accepts:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def ensure(self, name: str) -> None:
        """Starts a process unless it runs: what the supervisor does in a real installation."""
        process = self.running.get(name)
        if process is not None and process.poll() is None:
            return
        with (self.directory / "log" / f"{name}.log").open("ab") as output:
            self.running[name] = children.spawn(
                [sys.executable, *self.programs()[name]],
                env=self.environment,
                output=output,
                pass_fds=(self.listener.fileno(),),
                death_signal=signal.SIGKILL,
                cwd=ROOT,
            )

    def ensure_all(self) -> None:
        if self.postgres.process is None or self.postgres.process.poll() is not None:
            self.postgres.prepare()
            self.postgres.start()
            self.postgres.wait_ready()
        if self.valkey.process is None or self.valkey.process.poll() is not None:
            self.valkey.start()
            self.valkey.wait_ready()
        for name in self.programs():
            self.ensure(name)

    def stop(self) -> None:
        for process in self.running.values():
            children.signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.valkey.stop()
        self.postgres.stop()
        self.postgres.remove()
        self.listener.close()

    # --- Faults -------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """SIGKILL, and the process is gone when this returns."""
        process = self.running[name]
        children.signal_group(process.pid, signal.SIGKILL)
        process.wait()

    def faults(self) -> dict[str, Callable[[], None]]:
        """What may be done to it, by name. Each leaves something dead that `ensure_all` starts again."""
        killable = ("web", *WORKERS, "beat", "listen")
        return {
            **{f"kill -9 {name}": lambda name=name: self.kill(name) for name in killable},  # type: ignore[misc]
            "kill -9 valkey": lambda: _kill_server(self.valkey.process),
            "kill -9 postgres": lambda: _kill_server(self.postgres.process),
            "kill -9 every worker": lambda: [self.kill(name) for name in WORKERS] and None,
        }


def _kill_server(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        children.signal_group(process.pid, signal.SIGKILL)
        process.wait()
