"""Starting child processes that never outlive us, and finding those that did."""

import ctypes
import json
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from contactcenter.embedded.account import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if platform.system() == "Linux" else None


def _dies_with_us(death_signal: signal.Signals) -> Callable[[], None]:
    """Runs in the child before its program starts: on Linux the kernel then signals it when its parent dies."""
    parent = os.getpid()

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return arrange


def spawn(
    command: list[str],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    stdin: int = subprocess.DEVNULL,
    pass_fds: Iterable[int] = (),
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts a program in a session of its own, so that Ctrl-C reaches only us and a whole group can be stopped."""
    other = account is not None and account.is_other
    return subprocess.Popen(
        command,
        env=dict(env),
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        user=account.uid if account and other else None,
        group=account.gid if account and other else None,
        extra_groups=[] if other else None,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        preexec_fn=_dies_with_us(death_signal),  # noqa: PLW1509 (we have one thread)
    )


def signal_group(pid: int, what: signal.Signals) -> None:
    try:
        os.killpg(pid, what)
    except (ProcessLookupError, PermissionError):
        pass  # it ended meanwhile


@dataclass
class Register:
    """Which processes we started, on disk, so that the next start can end what a `kill -9` of us left behind."""

    file: Path

    def write(self, pids: Iterable[int]) -> None:
        known = []
        for pid in pids:
            try:
                known.append({"pid": pid, "created": psutil.Process(pid).create_time()})
            except psutil.NoSuchProcess:
                continue
        scratch = self.file.with_suffix(".new")
        scratch.write_text(json.dumps(known), encoding="utf-8")
        scratch.replace(self.file)

    def leftovers(self) -> list[psutil.Process]:
        try:
            known = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        found = []
        for entry in known:
            try:
                process = psutil.Process(int(entry["pid"]))
                if abs(process.create_time() - float(entry["created"])) < 1:
                    found.append(process)
            except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
                continue
        return found

    def clear(self) -> None:
        self.file.unlink(missing_ok=True)


def end(processes: list[psutil.Process], *, patience: float = 10.0) -> None:
    """Ends processes that an earlier run left: asks first, then insists."""
    everyone = {child for process in processes for child in _family(process)}
    for process in everyone:
        _send(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(everyone, timeout=patience)
    for process in alive:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, what: signal.Signals) -> None:
    try:
        process.send_signal(what)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        pass  # it ended meanwhile


def wait_exit(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return True
        time.sleep(0.02)
    return process.poll() is not None
