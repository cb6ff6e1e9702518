"""Which server should answer pages? `.venv/bin/python -m benchmarks.web_servers --sign-in agent:contact-center`.

Runs each candidate with two processes on the database that DATABASE_URL names (with demo data), asks for the list and
for a ticket as one signed-in agent, at one client and at eight, and prints a table. `granian` and `gunicorn` are not
among the project's packages: `pip install granian gunicorn` first, or leave them out with `--only`.
"""

import argparse
import http.client
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).resolve().parent.parent

WSGI = """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")
application = get_wsgi_application()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def uvicorn(port: int, folder: Path) -> list[subprocess.Popen[bytes]]:
    """Ours: two processes on one listening socket."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    listener.set_inheritable(True)
    command = [sys.executable, "-m", "contactcenter.processes.web", f"--fd={listener.fileno()}"]
    return [start(command, folder, pass_fds=(listener.fileno(),)) for _ in range(2)]


def granian(port: int, folder: Path) -> list[subprocess.Popen[bytes]]:
    command = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
    return [start([*command, "--no-ws", "contactcenter.asgi:application"], folder)]


def gunicorn(port: int, folder: Path) -> list[subprocess.Popen[bytes]]:
    """Pages by WSGI in threads; sockets would need a process beside it."""
    (folder / "pages.py").write_text(WSGI, encoding="utf-8")
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--keep-alive", "30"]
    return [start([*command, "--log-level", "error", "--pythonpath", str(folder), "pages:application"], folder)]


CANDIDATES: dict[str, Callable[[int, Path], list[subprocess.Popen[bytes]]]] = {
    "uvicorn (ASGI)": uvicorn,
    "granian (ASGI)": granian,
    "gunicorn (WSGI)": gunicorn,
}


def start(command: list[str], folder: Path, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    python_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PATH": path, "PYTHONPATH": python_path, "LOG_LEVEL": "ERROR"},
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
            start_new_session=True,
        )


class Visitor:
    """One signed-in browser with one connection."""

    def __init__(self, port: int, cookies: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = cookies

    def find(self, path: str) -> str:
        """Where a path leads to after redirects."""
        for _ in range(5):
            self._connection.request("GET", path, headers={"Cookie": self.cookies})
            answer = self._connection.getresponse()
            answer.read()
            if answer.status not in {301, 302}:
                break
            path = str(answer.headers["Location"])
        return path

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers={"Cookie": self.cookies, "Accept-Language": "en"})
        answer = self._connection.getresponse()
        self._keep(answer)
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
        return body

    def sign_in(self, username: str, password: str) -> None:
        form = self.get("/accounts/sign-in/").decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        token = found[1] if found else ""
        body = urlencode({"csrfmiddlewaretoken": token, "username": username, "password": password})
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/accounts/sign-in/", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        self._keep(answer)
        if answer.status != 302:
            raise RuntimeError(f"Signing in answers {answer.status}")

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        known = dict(part.split("=", 1) for part in self.cookies.split("; ") if part)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                known[key] = rest.split(";")[0]
        self.cookies = "; ".join(f"{key}={value}" for key, value in known.items())


def wait_for(port: int) -> None:
    for _ in range(900):
        try:
            Visitor(port).get("/healthz")
        except (OSError, http.client.HTTPException, RuntimeError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("It does not answer.")


def measure(port: int, cookies: str, path: str, clients: int, seconds: float) -> tuple[float, float]:
    """Pages a second, and the 95th percentile of their milliseconds."""
    times: list[float] = []
    until = time.monotonic() + seconds

    def visit() -> None:
        visitor = Visitor(port, cookies)
        while time.monotonic() < until:
            began = time.perf_counter()
            visitor.get(path)
            times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / seconds, statistics.quantiles(times, n=20)[18]


def family(processes: list[subprocess.Popen[bytes]]) -> list[psutil.Process]:
    return [member for one in processes for member in (psutil.Process(one.pid), *psutil.Process(one.pid).children())]


def processor_seconds(processes: list[subprocess.Popen[bytes]]) -> float:
    """What the servers used so far; unlike times of the clock it hardly depends on what else the machine does."""
    return sum(sum(member.cpu_times()[:2]) for member in family(processes))


def memory(processes: list[subprocess.Popen[bytes]]) -> float:
    """Megabytes of the largest process."""
    return max(member.memory_info().rss for member in family(processes)) / 2**20


def run(name: str, sign_in: tuple[str, str], seconds: float) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        processes = CANDIDATES[name](port, Path(folder))
        try:
            wait_for(port)
            visitor = Visitor(port)
            visitor.sign_in(*sign_in)
            listing = visitor.find("/desk/")
            ticket = re.findall(r'href="(/desk/tickets/\d+/)', visitor.get(listing).decode())[0]
            for label, path in (("list", listing), ("ticket", ticket)):
                measure(port, visitor.cookies, path, 8, 2)  # warm
                alone = measure(port, visitor.cookies, path, 1, seconds)
                before = processor_seconds(processes)
                crowd = measure(port, visitor.cookies, path, 8, seconds)
                used = (processor_seconds(processes) - before) / (crowd[0] * seconds) * 1000
                print(
                    f"{name:<16}{label:<8}p95 at 1: {alone[1]:6.1f} ms   at 8: {crowd[0]:6.1f}/s p95 {crowd[1]:6.1f} ms"
                    f"   processor {used:5.1f} ms a page   {memory(processes):4.0f} MB",
                    flush=True,
                )
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
            for process in processes:
                process.wait(20)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sign-in", default="agent:contact-center")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--only", nargs="*", default=list(CANDIDATES), choices=list(CANDIDATES))
    options = parser.parse_args()
    username, _, password = options.sign_in.partition(":")
    print(
        f"{platform.processor() or platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}"
    )
    for name in options.only:
        run(name, (username, password), options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
