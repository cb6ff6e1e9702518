"""The supervisor: what dies starts again, what is stopped is gone, with everything it started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from contactcenter.processes.children import Register
from tests.support.live import wait_until

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent

# A supervisor over one program whose child it knows nothing of.
SCRIPT = """
import sys
from pathlib import Path
from contactcenter.processes.supervisor import Program, Supervisor

run = Path(sys.argv[1])
supervisor = Supervisor(run, cwd=run)
supervisor.catch_signals()
print("leftovers", supervisor.end_leftovers(), flush=True)
supervisor.start(Program("one", [sys.executable, "-u", "-c", sys.argv[2]], patience=2))
supervisor.watch()
supervisor.stop()
print("stopped", flush=True)
"""

CHILD = """
import subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("grandchild", grandchild.pid, flush=True)
time.sleep(600)
"""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts supervisors whose words go to a file; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start_one(child: str = CHILD) -> "subprocess.Popen[str]":
        with (tmp_path / "output").open("w") as output:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", SCRIPT, str(tmp_path), child],
                    cwd=ROOT,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
        return started[-1]

    yield start_one
    for supervisor in started:
        supervisor.kill()
        supervisor.wait()


def said(run: Path) -> str:
    return (run / "output").read_text()


def family(run: Path, count: int) -> list[psutil.Process]:
    """The processes that the program said it is made of, once they are there."""
    wait_until(lambda: said(run).count("grandchild") >= count, seconds=60, what=lambda: said(run))
    pid = int(said(run).rsplit("grandchild ", 1)[1].split()[0])
    grandchild = psutil.Process(pid)
    parent = grandchild.parent()
    assert parent is not None
    return [grandchild, parent]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_stops_everything_and_nothing_is_left(
    tmp_path: Path, start: Start, how: signal.Signals
) -> None:
    supervisor = start()
    processes = family(tmp_path, 1)
    supervisor.send_signal(how)
    assert supervisor.wait(60) == 0
    assert "stopped" in said(tmp_path)
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert alive == []
    assert not (tmp_path / "processes.json").exists()


def test_what_dies_starts_again_and_its_children_are_ended(tmp_path: Path, start: Start) -> None:
    supervisor = start()
    grandchild, child = family(tmp_path, 1)
    child.kill()
    again = family(tmp_path, 2)
    assert {process.pid for process in again}.isdisjoint({grandchild.pid, child.pid})
    _, alive = psutil.wait_procs([grandchild], timeout=30)
    assert alive == []
    assert "one ended (SIGKILL); it starts again in 0.5 s." in said(tmp_path)
    supervisor.terminate()
    supervisor.wait(60)


def test_a_program_that_keeps_dying_waits_longer_each_time(tmp_path: Path, start: Start) -> None:
    supervisor = start("raise SystemExit(3)")
    wait_until(lambda: "in 2 s." in said(tmp_path), seconds=60, what=lambda: said(tmp_path))
    assert [line.rsplit("in ", 1)[1] for line in said(tmp_path).splitlines() if "starts again" in line][:3] == [
        "0.5 s.",
        "1 s.",
        "2 s.",
    ]
    supervisor.terminate()
    assert supervisor.wait(60) == 0


def test_a_program_that_ignores_the_request_is_killed(tmp_path: Path, start: Start) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    supervisor = start(deaf)
    wait_until(lambda: "deaf" in said(tmp_path), seconds=60)
    supervisor.terminate()
    assert supervisor.wait(60) == 0


def test_the_start_after_a_kill_ends_what_was_left(tmp_path: Path, start: Start) -> None:
    """Also on systems where the kernel does not end children with their parent: the register names them."""
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    Register(tmp_path / "processes.json").write([left.pid])
    supervisor = start()
    assert left.wait(60) == -signal.SIGTERM
    wait_until(lambda: "leftovers True" in said(tmp_path), seconds=60)
    supervisor.terminate()
    supervisor.wait(60)


def test_a_number_that_now_belongs_to_another_program_is_left_alone(tmp_path: Path) -> None:
    register = Register(tmp_path / "processes.json")
    register.file.write_text(f'[{{"pid": {os.getpid()}, "created": 1.0}}, {{"pid": "x"}}, {{}}]')
    assert register.leftovers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere children follow within a second, by looking")
def test_killed_outright_its_programs_go_with_it(tmp_path: Path, start: Start) -> None:
    supervisor = start()
    _, child = family(tmp_path, 1)
    supervisor.kill()
    supervisor.wait(30)
    _, alive = psutil.wait_procs([child], timeout=30)
    assert alive == []


def test_a_reader_that_goes_away_stops_it(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), "import time\nwhile True:\n    print('x'); time.sleep(0.05)"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert supervisor.stdout is not None
    supervisor.stdout.readline()
    time.sleep(0.2)
    supervisor.stdout.close()
    assert supervisor.wait(60) in {0, 120, 1}
