"""What may go wrong before anything runs: each gets one sentence and no traceback."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from contactcenter.embedded.postgres import Postgres
from contactcenter.embedded.valkey import Valkey

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout of its own at a path with spaces, Chinese and great length, that borrows our environment."""
    place = tmp_path / "a clone 副本" / ("long" * 30) / "here"
    place.mkdir(parents=True)
    for name in ("contactcenter", "apps", "templates", "static", "locale", "manage.py", "requirements.txt"):
        if (ROOT / name).exists():
            (place / name).symlink_to(ROOT / name)
    return place


def launch(**environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the launcher of this checkout as far as it gets; its folder for running is moved by the caller."""
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "PORT"}}
    return subprocess.run(
        [sys.executable, "-c", LAUNCH],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "contactcenter.settings.dev", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# The launcher, with its files in a folder of the test.
LAUNCH = """
import os, sys
from pathlib import Path
from contactcenter import launch
launch.VAR = Path(os.environ["TEST_VAR"])
launch.RUN = launch.VAR / "run"
launch.SERVICES_FILE = launch.RUN / "services.env"
sys.exit(launch.demo_main())
"""


def assert_one_sentence(done: "subprocess.CompletedProcess[str]", sentence: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = launch(TEST_VAR=str(tmp_path), PORT=str(port))
    assert_one_sentence(done, f"Port {port} is taken by another program: choose another one with PORT={port + 1}.")
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'; write a whole number."),
        ({"PORT": "70000"}, "PORT is 70000; ports end at 65535."),
        ({"BIND": "nowhere"}, "BIND is 'nowhere'; write an IP address"),
        ({"BIND": "192.0.2.1"}, "This machine has no address 192.0.2.1"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must be a URL like postgres://"),
        ({"DATABASE_URL": "postgres://a@127.0.0.1:1/b"}, "DATABASE_URL: no sign-in to database 'b' at 127.0.0.1:1"),
        ({"DEMO": "perhaps"}, "DEMO is 'perhaps'; write 1 or 0."),
    ],
)
def test_a_wrong_setting_gets_one_sentence(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = launch(TEST_VAR=str(tmp_path), **{"PORT": str(port), **environment})
    assert_one_sentence(done, sentence)


def test_a_second_start_in_the_same_folder_says_who_runs(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        done = launch(TEST_VAR=str(tmp_path))
    assert_one_sentence(done, "already runs from this folder (process 4711)")


def test_a_lock_file_that_nobody_holds_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").write_text("4711")
    done = launch(TEST_VAR=str(tmp_path), PORT="eighty")
    assert_one_sentence(done, "PORT is 'eighty'")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_another_account_gets_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert_one_sentence(launch(TEST_VAR=str(tmp_path / "var")), "cannot be written by this account")


# --- Servers at awkward places ------------------------------------------------------------------------------------


def test_servers_run_at_a_path_with_spaces_chinese_and_great_length(clone: Path) -> None:
    assert len(str(clone)) > 107
    postgres = Postgres(clone / "var" / "postgres", clone / "var" / "log" / "postgres.log", durable=False)
    valkey = Valkey(clone / "var" / "valkey", clone / "var" / "log" / "valkey.log")
    try:
        for server in (postgres, valkey):
            server.prepare()
            server.start()
            server.wait_ready()
    finally:
        valkey.stop()
        postgres.stop()
        postgres.remove()


def test_the_start_after_a_kill_recovers_the_database(tmp_path: Path) -> None:
    first = Postgres(tmp_path / "postgres", tmp_path / "postgres.log", durable=False)
    again = Postgres(tmp_path / "postgres", tmp_path / "postgres.log", durable=False)
    try:
        first.prepare()
        first.start()
        first.wait_ready()
        assert first.process is not None
        os.kill(first.process.pid, signal.SIGKILL)
        # Its backends may still be attached to the shared memory, and its pid file is there.
        again.prepare()
        again.start()
        again.wait_ready()
        first.process.wait()
    finally:
        again.stop()
        again.remove()


def test_a_pid_file_with_the_number_of_another_program_is_no_obstacle(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", tmp_path / "postgres.log", durable=False)
    postgres.prepare()
    try:
        data = (tmp_path / "postgres").resolve() / "data"
        (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n\n\n\n")
        postgres.prepare()
        postgres.start()
        postgres.wait_ready()
    finally:
        postgres.stop()
        postgres.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the database an account of its own")
def test_root_can_keep_the_clone_where_nobody_else_can_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    postgres = Postgres(closed / "postgres", tmp_path / "postgres.log", durable=False)
    try:
        postgres.prepare()
        postgres.start()
        postgres.wait_ready()
        assert (closed / "postgres").is_symlink()
        assert postgres.process is not None
    finally:
        postgres.stop()
        postgres.remove()
    assert not (closed / "postgres").exists()


# --- The bootstrap ------------------------------------------------------------------------------------------------


def bootstrap_in(folder: Path) -> Path:
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "bootstrap.py", folder / "scripts")
    return folder / "scripts" / "bootstrap.py"


def test_a_python_too_old_gets_a_sentence(tmp_path: Path) -> None:
    script = bootstrap_in(tmp_path)
    pretend = (
        "import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['bootstrap.py', 'demo']; "
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert_one_sentence(done, "Python 3.9 is too old: install Python 3.11 or newer")


def test_old_pythons_can_read_the_bootstrap() -> None:
    """Nothing newer than Python 3.4's grammar, so that the sentence above comes instead of a SyntaxError."""
    import ast

    tree = ast.parse((ROOT / "scripts" / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


def test_a_path_with_a_colon_gets_a_sentence(tmp_path: Path) -> None:
    script = bootstrap_in(tmp_path / "a:b")
    done = subprocess.run([sys.executable, str(script), "demo"], capture_output=True, text=True, check=False)
    assert_one_sentence(done, "The path of this folder has a colon")


def test_a_full_disk_gets_a_sentence(tmp_path: Path) -> None:
    script = bootstrap_in(tmp_path)
    pretend = (
        "import collections, shutil, sys, runpy\n"
        "shutil.disk_usage = lambda path: collections.namedtuple('U', 'total used free')(1, 1, 5 << 20)\n"
        f"sys.argv = ['bootstrap.py', 'demo']; runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert_one_sentence(done, "The disk is nearly full: 5 MB are free")


def test_make_says_when_there_is_no_python() -> None:
    done = subprocess.run(
        ["make", "demo", "PYTHON=python3-that-is-not-there"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "There is no python3-that-is-not-there here: install Python 3.11 or newer." in done.stdout
