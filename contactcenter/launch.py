"""`make demo` and `manage.py up`: one foreground command from nothing to a running contact center.

It opens the port, starts the embedded servers where no URL names others, brings the database up to date (demo),
and then supervises every process until it is told to stop.
"""

import errno
import fcntl
import http.client
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from contactcenter import demo, endpoints, env
from contactcenter.embedded.postgres import OWNER, Postgres
from contactcenter.embedded.valkey import Valkey
from contactcenter.prepare import NEEDS_SEED
from contactcenter.processes import plan
from contactcenter.processes.supervisor import Program, Service, Supervisor
from contactcenter.trouble import Trouble

VAR = plan.ROOT / "var"
RUN = VAR / "run"
SERVICES_FILE = RUN / "services.env"
# A descriptor of the lock that the bootstrap took, kept across exec.
LOCK_VARIABLE = "CONTACTCENTER_LOCK_FD"


def demo_main() -> int:
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("LOG_FORMAT", "console")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    return guarded(prepares=True)


def up_main(arguments: Sequence[str]) -> int:
    if arguments:
        say("usage: manage.py up    (settings come from the environment: BIND, PORT, WEB_WORKERS, WORKERS)")
        return 2
    return guarded(prepares=False)


def guarded(*, prepares: bool) -> int:
    """Runs, and turns what a person can mend into one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")
    try:
        return run(prepares=prepares, is_demo=env.flag("DEMO"))
    except Trouble as trouble:
        return complain(str(trouble))
    except ImproperlyConfigured as error:
        return complain(str(error))
    except OSError as error:
        sentence = file_trouble(error)
        if sentence is None:
            raise
        return complain(sentence)


def run(*, prepares: bool, is_demo: bool) -> int:
    """`prepares`: first brings the database up to date; `is_demo`: with demo data, mail servers and sign-ins."""
    RUN.mkdir(parents=True, exist_ok=True)
    lock = take_lock(RUN / "lock")
    supervisor = Supervisor(RUN, cwd=plan.ROOT)
    supervisor.catch_signals()
    if supervisor.end_leftovers():
        say("Ended processes that an earlier run left behind.")
    try:
        with plan.listening_socket() as listener:
            start_services(supervisor)
            if prepares and not supervisor.is_stopping:
                prepare(supervisor, seeds=is_demo)
            if not supervisor.is_stopping:
                for program in plan.programs(listener, is_demo=is_demo):
                    supervisor.start(program)
                greeting = Greeting(supervisor, plan.web_address(listener), is_demo=is_demo)
                supervisor.watch(greeting.try_once)
    except KeyboardInterrupt:
        pass  # asked to stop while a task ran
    finally:
        supervisor.say("Stopping …")
        supervisor.stop()
        SERVICES_FILE.unlink(missing_ok=True)
        os.close(lock)
    supervisor.say("Stopped.")
    return 0


# --- One at a time ------------------------------------------------------------------------------------------------


def take_lock(file: Path) -> int:
    """The kernel lets go of this lock when we end, however we end, so it can not be stale."""
    inherited = os.environ.pop(LOCK_VARIABLE, "")
    if inherited.isdigit():
        descriptor = int(inherited)
        os.set_inheritable(descriptor, False)
    else:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 100).decode("ascii", errors="replace").strip() or "unknown"
            raise Trouble(
                f"The contact center already runs from this folder (process {holder}): "
                "stop it first with Ctrl-C in its terminal."
            ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


# --- Servers ------------------------------------------------------------------------------------------------------


def start_services(supervisor: Supervisor) -> None:
    """Uses the servers that URLs name, and starts our own for those that none names."""
    own: list[str] = []
    env.load_file(plan.ROOT / ".env")
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        endpoints.check_database("DATABASE_URL")
        if os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL_FILE"):
            endpoints.check_database("DATABASE_OWNER_URL")
    else:
        say("Starting PostgreSQL …")
        postgres = Postgres(VAR / "postgres", VAR / "log" / "postgres.log")
        supervisor.start_service(service_of("PostgreSQL", postgres))
        os.environ["DATABASE_URL"] = postgres.url()
        os.environ["DATABASE_OWNER_URL"] = postgres.url(OWNER)
        own += ["DATABASE_URL", "DATABASE_OWNER_URL"]
    if os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE"):
        endpoints.check_broker("REDIS_URL")
    else:
        say("Starting Valkey …")
        valkey = Valkey(VAR / "valkey", VAR / "log" / "valkey.log")
        supervisor.start_service(service_of("Valkey", valkey))
        os.environ["REDIS_URL"] = valkey.url
        own.append("REDIS_URL")
    write_private(SERVICES_FILE, "".join(f"{name}={os.environ[name]}\n" for name in own))


def service_of(name: str, server: Postgres | Valkey) -> Service:
    return Service(
        name=name,
        prepare=server.prepare,
        start=server.start,
        wait_ready=server.wait_ready,
        stop=server.stop,
        process=lambda: server.process,
    )


def write_private(file: Path, text: str) -> None:
    """Other accounts may not read it: it has passwords."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(text)


# --- Database and demo data ---------------------------------------------------------------------------------------


def prepare(supervisor: Supervisor, *, seeds: bool) -> None:
    say("Bringing the database and the static files up to date …")
    code = supervisor.run_task(
        Program("prepare", [sys.executable, "-m", "contactcenter.prepare"], env={"DATABASE_ROLE": "owner"})
    )
    if code not in {0, NEEDS_SEED}:
        raise Trouble("The database is not ready: the lines above say why.")
    if code == NEEDS_SEED and seeds:
        say("Loading the demo data (once) …")
        if supervisor.run_task(Program("seed", [sys.executable, str(plan.ROOT / "manage.py"), "seed"])) != 0:
            raise Trouble("The demo data could not be loaded: the lines above say why.")


# --- What the person sees -----------------------------------------------------------------------------------------


class Greeting:
    """Says where everything is, once the web process answers."""

    def __init__(self, supervisor: Supervisor, address: str, *, is_demo: bool) -> None:
        self._supervisor = supervisor
        self._address = address
        self._is_demo = is_demo
        self._next = 0.0
        self._done = False

    def try_once(self) -> None:
        if self._done or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.3
        if answers(self._address):
            self._done = True
            self._supervisor.say(self._text())

    def _text(self) -> str:
        lines = ["", f"The contact center runs at {self._address}", ""]
        if self._is_demo:
            lines += [f"  {label:<14}{self._address}{path}" for label, path in demo.PLACES]
            lines += ["", f"  Sign in as {', '.join(demo.SIGN_INS)}; the password of all is {demo.PASSWORD}"]
            lines += [f"  API token     {demo.API_TOKEN}", ""]
        lines += ["Ctrl-C stops it.", ""]
        return "\n".join(lines)


def answers(address: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def file_trouble(error: OSError) -> str | None:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full: free some space and start again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{error.filename} cannot be written by this account: {error.strerror}."
    return None


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (this is the terminal program)


def complain(sentence: str) -> int:
    print(f"\n{sentence}", file=sys.stderr, flush=True)  # noqa: T201 (as above)
    return 1


if __name__ == "__main__":
    sys.exit(demo_main())
