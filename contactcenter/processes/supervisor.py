"""One foreground command for many processes: starts them, prefixes what they say, restarts what dies, stops all.

Everything happens in one thread around one selector, so that starting a child is always safe.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contactcenter.processes import children
from contactcenter.trouble import Trouble

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 30.0
TRACEBACK = b"Traceback (most recent call last)"
DISK_FULL = b"No space left on device"
COLORS = (36, 32, 35, 34, 33, 96, 92, 95, 94)


@dataclass(frozen=True)
class Program:
    """What to run: its name in the output, its command, and how long it may take to stop."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    patience: float = 10.0


@dataclass
class _Running:
    program: Program
    process: "subprocess.Popen[bytes]"
    since: float
    unread: bytes = b""
    # Of a task: what it says from its traceback on, kept until we know whether there is a better way to say it.
    held: list[bytes] | None = None


@dataclass
class Service:
    """A server that everything else needs: started before, watched, stopped last."""

    name: str
    prepare: Callable[[], None]
    start: Callable[[], None]
    wait_ready: Callable[[], None]
    stop: Callable[[], None]
    process: Callable[[], "subprocess.Popen[bytes] | None"]


class Supervisor:
    def __init__(self, run_directory: Path, *, cwd: Path) -> None:
        self._cwd = cwd
        self._register = children.Register(run_directory / "processes.json")
        self._services: list[Service] = []
        self._running: dict[int, _Running] = {}
        self._resting: list[tuple[float, Program]] = []
        self._pauses: dict[str, float] = {}
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._hurry = False
        self._say_to = sys.stdout
        self._colors: dict[str, int] = {}

    # --- Signals ------------------------------------------------------------------------------------------------

    def catch_signals(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal ask for an orderly stop; twice means hurry."""
        reader, writer = socket.socketpair()
        for end in (reader, writer):
            end.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._wakeup = (reader, writer)
        self._selector.register(reader, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self._hurry = self._stopping
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    # --- Services and tasks -------------------------------------------------------------------------------------

    def end_leftovers(self) -> bool:
        """Ends what a run that was killed left behind; says whether there was something."""
        left = self._register.leftovers()
        children.end(left)
        self._register.clear()
        return bool(left)

    def start_service(self, service: Service) -> None:
        service.prepare()
        service.start()
        self._services.append(service)
        self._remember()
        service.wait_ready()

    def run_task(self, program: Program) -> int:
        """Runs one command to its end, passing on what it says; a request to stop ends it. Returns its exit code."""
        running = self._start(program)
        running.held = []
        process = running.process
        while process.poll() is None:
            self._listen(0.2)
            if self._stopping:
                self._stop_programs()
                raise KeyboardInterrupt
        self._drain(self._running.pop(process.pid))
        self._remember()
        if DISK_FULL in b"\n".join(running.held):
            raise Trouble("The disk is full: free some space and start again.")
        for line in running.held:
            self._say(program.name, line)
        return process.returncode

    # --- Programs -----------------------------------------------------------------------------------------------

    def start(self, program: Program) -> None:
        self._start(program)

    def watch(self, every_tick: Callable[[], None] = lambda: None) -> None:
        """Runs until asked to stop."""
        while not self._stopping:
            self._listen(0.2)
            self._reap()
            self._wake_resting()
            self._watch_services()
            every_tick()

    def stop(self) -> None:
        """Stops programs first, then services in reverse order."""
        self._stopping = True
        self._stop_programs()
        for service in reversed(self._services):
            service.stop()
        self._services.clear()
        self._register.clear()

    # --- Parts --------------------------------------------------------------------------------------------------

    def _start(self, program: Program) -> _Running:
        process = children.spawn(
            program.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **program.env},
            output=subprocess.PIPE,
            pass_fds=program.pass_fds,
            cwd=self._cwd,
        )
        assert process.stdout is not None  # noqa: S101 (asked for above)
        os.set_blocking(process.stdout.fileno(), False)
        running = _Running(program, process, time.monotonic())
        self._running[process.pid] = running
        self._selector.register(process.stdout, selectors.EVENT_READ, running)
        self._remember()
        return running

    def _remember(self) -> None:
        services = [process.pid for service in self._services if (process := service.process()) is not None]
        self._register.write([*services, *self._running])

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                try:
                    self._wakeup[0].recv(4096)
                except BlockingIOError:
                    pass  # somebody read it before us
            else:
                self._read(key.data)

    def _read(self, running: _Running) -> bool:
        """Passes on whole lines; False at the end of the output."""
        stdout = running.process.stdout
        if stdout is None or stdout.closed:
            return False
        try:
            chunk = os.read(stdout.fileno(), 65536)
        except BlockingIOError:
            return True
        if not chunk:
            self._selector.unregister(stdout)
            stdout.close()
            return False
        *lines, running.unread = (running.unread + chunk).split(b"\n")
        for line in lines:
            self._hear(running, line)
        return True

    def _hear(self, running: _Running, line: bytes) -> None:
        if running.held is not None and (running.held or line.startswith(TRACEBACK)):
            running.held.append(line)
        else:
            self._say(running.program.name, line)

    def _drain(self, running: _Running) -> None:
        """Reads what a program that ended still left in the pipe; its own children may hold the pipe open."""
        stdout = running.process.stdout
        for _ in range(100):
            if stdout is None or stdout.closed or not self._readable(stdout.fileno()) or not self._read(running):
                break
        if running.unread:
            self._hear(running, running.unread)
        if stdout is not None and not stdout.closed:
            self._selector.unregister(stdout)
            stdout.close()

    @staticmethod
    def _readable(descriptor: int) -> bool:
        with selectors.DefaultSelector() as probe:
            probe.register(descriptor, selectors.EVENT_READ)
            return bool(probe.select(0))

    def _say(self, name: str, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip()
        if not text:
            return
        label = f"{name:<9}│"
        if self._say_to.isatty():
            color = self._colors.setdefault(name, COLORS[len(self._colors) % len(COLORS)])
            label = f"\x1b[{color}m{label}\x1b[0m"
        self.say(f"{label} {text}")

    def say(self, text: str) -> None:
        """Prints a line; a reader that went away (`make demo | head`) stops us like a closed terminal."""
        try:
            print(text, file=self._say_to, flush=True)
        except (BrokenPipeError, OSError):
            self._say_to = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (kept to the end)
            self._stopping = True

    def _reap(self) -> None:
        for pid, running in list(self._running.items()):
            if running.process.poll() is None:
                continue
            del self._running[pid]
            children.signal_group(pid, signal.SIGKILL)  # children it left
            self._drain(running)
            self._rest(running)

    def _rest(self, running: _Running) -> None:
        """A program that died starts again after a pause that doubles while it keeps dying."""
        name = running.program.name
        if time.monotonic() - running.since > HEALTHY_AFTER:
            self._pauses.pop(name, None)
        pause = self._pauses.get(name, FIRST_PAUSE)
        self._pauses[name] = min(pause * 2, LONGEST_PAUSE)
        self._resting.append((time.monotonic() + pause, running.program))
        self._remember()
        self.say(f"{name} ended ({_how(running.process.returncode)}); it starts again in {pause:g} s.")

    def _wake_resting(self) -> None:
        now = time.monotonic()
        due = [program for at, program in self._resting if at <= now]
        self._resting = [(at, program) for at, program in self._resting if at > now]
        for program in due:
            self._start(program)

    def _watch_services(self) -> None:
        for service in self._services:
            process = service.process()
            if process is None or process.poll() is None:
                continue
            self.say(f"{service.name} ended ({_how(process.returncode)}); starting it again.")
            try:
                service.prepare()
                service.start()
                self._remember()
                service.wait_ready()
            except Trouble as trouble:
                self.say(str(trouble))
                time.sleep(1)

    def _stop_programs(self) -> None:
        self._resting.clear()
        for pid in self._running:
            children.signal_group(pid, signal.SIGTERM)
        started = time.monotonic()
        while self._running:
            self._listen(0.1)
            for pid, running in list(self._running.items()):
                if running.process.poll() is not None:
                    children.signal_group(pid, signal.SIGKILL)
                    self._drain(running)
                    del self._running[pid]
                elif time.monotonic() - started > (1.0 if self._hurry else running.program.patience):
                    children.signal_group(pid, signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
