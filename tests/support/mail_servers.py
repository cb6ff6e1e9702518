"""Real mail servers for tests: a private Dovecot and an SMTP server whose behaviour the test chooses."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "right-password"

_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{root}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Dovecot:
    """A private instance: its own folder, its own port, ended with the test."""

    root: Path
    port: int
    uid: int
    gid: int
    counter: int = 0
    process: subprocess.Popen[bytes] | None = None

    def maildir(self, user: str, folder: str = "") -> Path:
        base = self.root / "mail" / user / (f".{folder}" if folder else "")
        for name in ("cur", "new", "tmp"):
            (base / name).mkdir(parents=True, exist_ok=True)
            self._own(base / name)
        self._own(base)
        self._own(base.parent)
        return base

    def deliver(self, user: str, raw: bytes) -> None:
        """As a delivery agent does: written aside, then moved into `new`."""
        self.counter += 1
        base = self.root / "mail" / user
        if not (base / "new").exists():
            self.maildir(user)
        name = f"{time.time():.6f}.{os.getpid()}_{self.counter:06d}.test"
        (base / "tmp" / name).write_bytes(raw)
        self._own(base / "tmp" / name)
        (base / "tmp" / name).rename(base / "new" / name)

    def forget_uids(self, user: str) -> None:
        """A restored or rebuilt mailbox: all numbers and their validity change."""
        for name in (
            "dovecot-uidlist",
            "dovecot.index",
            "dovecot.index.log",
            "dovecot.index.cache",
            "dovecot-uidvalidity",
        ):
            for path in self.maildir(user).glob(f"{name}*"):
                path.unlink()

    def flags(self, user: str) -> list[str]:
        """The flag letters of each mail that was looked at."""
        return sorted(path.name.partition(":2,")[2] for path in self.maildir(user).glob("cur/*"))

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(self.root / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for(self.port)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def _own(self, path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Starts Debian's Dovecot as a private instance, as root or not."""
    account = pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    import grp

    group = grp.getgrgid(account.pw_gid).gr_name
    root = Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp"))
    root.chmod(0o755)
    port = free_port()
    for name in ("run", "state", "mail"):
        (root / name).mkdir()
        os.chown(root / name, account.pw_uid, account.pw_gid)
    config = _CONFIG.format(root=root, user=account.pw_name, group=group, port=port, password=PASSWORD)
    (root / "dovecot.conf").write_text(config)
    server = Dovecot(root, port, account.pw_uid, account.pw_gid)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


def has_dovecot() -> bool:
    return shutil.which("dovecot") is not None


Hook = Callable[[str], Awaitable[str | None]]


@dataclass
class SmtpServer:
    """Takes mail and remembers it; `answers` replace its answer at a step, `hangs_up` closes the connection there.

    Steps: MAIL, RCPT, DATA (before the content) and END (after it).
    """

    port: int = field(default_factory=free_port)
    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hangs_up: str = ""
    takes_it_before_hanging_up: bool = False
    password: str = ""
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    on_mail: Callable[[str, list[str], bytes], None] | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._maybe_hang_up(server, "MAIL")
        if self.password and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._maybe_hang_up(server, "RCPT")
        if address in self.refused or "RCPT" in self.answers:
            return self.refused.get(address) or self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mail = (envelope.mail_from or "", list(envelope.rcpt_tos), bytes(envelope.original_content or b""))
        if self.hangs_up == "END":
            if self.takes_it_before_hanging_up:
                self._take(mail)
            self._maybe_hang_up(server, "END")
            return "451 too late to say"
        if "END" in self.answers:
            return self.answers["END"]
        self._take(mail)
        return "250 2.0.0 Taken"

    def _take(self, mail: tuple[str, list[str], bytes]) -> None:
        self.mails.append(mail)
        if self.on_mail:
            self.on_mail(*mail)

    def _maybe_hang_up(self, server: SMTP, step: str) -> None:
        if self.hangs_up == step and server.transport is not None:
            server.transport.abort()

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=is_right, handled=False)


@contextmanager
def smtp_server(**behaviour: object) -> Iterator[SmtpServer]:
    state = SmtpServer(**behaviour)  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            state,
            hostname="smtp.test.example",
            authenticator=state.authenticate if state.password else None,
            auth_require_tls=False,
            loop=loop,
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", state.port))
        loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, name="smtp", daemon=True)
    thread.start()
    _wait_for(state.port)
    try:
        yield state
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=60)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
