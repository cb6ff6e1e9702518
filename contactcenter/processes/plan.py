"""Which processes an installation runs, and the socket they share."""

import errno
import ipaddress
import socket
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from contactcenter import env
from contactcenter.processes.supervisor import Program
from contactcenter.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent

# Each queue is a process of its own, so that a flood in one never holds up another.
QUEUES = {"inbound": 3, "outbound": 3, "events": 2, "bulk": 1}


def listening_socket() -> socket.socket:
    """Opens BIND:PORT before anything starts, so that a busy port is told at once."""
    bind = env.text("BIND", "127.0.0.1")
    port = _port()
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(bind).version == 6 else socket.AF_INET
    except ValueError:
        raise Trouble(f"BIND is {bind!r}; write an IP address, like 127.0.0.1.") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((bind, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise Trouble(_why_not(error, bind, port)) from None
    return listener


def _port() -> int:
    try:
        port = env.integer("PORT", 8000, minimum=1)
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from None
    if port > 65535:
        raise Trouble(f"PORT is {port}; ports end at 65535.")
    return port


def _why_not(error: OSError, bind: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: choose another one with PORT={port + 1}."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} is for the administrator only: choose one above 1023 with PORT."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {bind}: set BIND to one of its own."
    return f"Port {port} at {bind} cannot be opened: {error.strerror}."


def web_address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not opened)
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def queue_threads() -> dict[str, int]:
    """Threads by queue: WORKERS="inbound:4,bulk:2" changes some of them."""
    threads = dict(QUEUES)
    for item in env.items("WORKERS"):
        queue, _, number = item.partition(":")
        if queue not in threads or not number.isdigit() or not int(number):
            known = ", ".join(QUEUES)
            raise Trouble(f"WORKERS has {item!r}; write queue:threads with one of the queues {known}.")
        threads[queue] = int(number)
    return threads


def programs(listener: socket.socket, *, is_demo: bool) -> list[Program]:
    listener.set_inheritable(True)
    web = [
        Program(
            "web" if number == 1 else f"web-{number}",
            _module("contactcenter.processes.web", f"--fd={listener.fileno()}"),
            pass_fds=(listener.fileno(),),
        )
        for number in range(1, env.integer("WEB_WORKERS", 2, minimum=1) + 1)
    ]
    workers = [
        Program(queue, _module("contactcenter.processes.worker", queue, f"--threads={threads}"))
        for queue, threads in queue_threads().items()
    ]
    others = [Program("beat", _module("contactcenter.processes.beat")), Program("listen", _command("listen"))]
    # The demo's mailboxes come first, for the process that opens them.
    mailboxes = [Program("mail", _command("demo_mail"))] if is_demo else []
    # The platforms of its messengers and text messages: one customer of each writes at first, then they wait.
    platforms = [Program("platforms", _command("simulate", "--openings=1", "--thanks"))] if is_demo else []
    return [*mailboxes, *web, *workers, *others, *platforms]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), name, *arguments]
