"""`make test`: everything that must hold, from the format of the code to killed servers.

Runs in the project's environment (the bootstrap made it), installs what a Debian machine lacks when it may, starts
servers of its own, and ends with one summary.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from contactcenter.embedded import throwaway
from contactcenter.embedded.postgres import DATABASE
from contactcenter.translations import compile_all
from contactcenter.trouble import Trouble
from tests.support import chromium

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "var" / "test"
PYTHON = sys.executable
BIN = Path(sys.executable).parent
BROWSER = "tests/e2e"
LEDGER = "tests/ledger"
WORKERS = os.environ.get("TEST_WORKERS", "2")
# Tests run in a shuffled order, the same one each time; another number shuffles anew.
SEED = os.environ.get("TEST_SEED", "20261122")
# So many browser tests that failed are tried once more, as docs/development/testing.md explains.
TRIED_AGAIN = 2

# What some tests drive and Python packages do not bring: program → Debian package, and what is left out without it.
SYSTEM = {
    chromium.BROWSERS[0]: (chromium.BROWSERS[0], "browser tests"),
    "dovecot": ("dovecot-imapd", "tests against a real IMAP server"),
    "msgfmt": ("gettext", "the check that translations are up to date with the sources"),
}
FONTS = "fonts-noto-cjk"
# Where the first is not to be had, the second does.
INSTEAD = {chromium.BROWSERS[0]: "chromium"}


@dataclass
class Outcome:
    name: str
    passed: bool
    seconds: float


@dataclass
class Run:
    outcomes: list[Outcome] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unstable: list[str] = field(default_factory=list)

    def step(self, name: str, work: Callable[[], bool]) -> bool:
        say(f"\n── {name}")
        started = time.monotonic()
        passed = work()
        self.outcomes.append(Outcome(name, passed, time.monotonic() - started))
        return passed

    def command(self, name: str, *command: str | Path, environment: dict[str, str] | None = None) -> bool:
        return self.step(name, lambda: call(*command, environment=environment))

    def summary(self) -> bool:
        say("\n══ Summary")
        for outcome in self.outcomes:
            say(f"  {'passed' if outcome.passed else 'FAILED'}  {outcome.seconds:7.1f} s  {outcome.name}")
        for sentence in self.left_out:
            say(f"  LEFT OUT           {sentence}")
        for test in self.unstable:
            say(f"  UNSTABLE           {test} failed, and passed when tried again: find out why")
        failed = [outcome.name for outcome in self.outcomes if not outcome.passed]
        total = sum(outcome.seconds for outcome in self.outcomes)
        say(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All passed'} in {total / 60:.1f} min.")
        return not failed


def main() -> int:
    os.chdir(ROOT)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"
    os.environ["DJANGO_SETTINGS_MODULE"] = "contactcenter.settings.test"
    run = Run()
    RUN.mkdir(parents=True, exist_ok=True)
    beside = Beside()
    with ThreadPoolExecutor(1) as packages:
        installing = packages.submit(system_packages, run)
        try:
            beside.start("types", BIN / "mypy")
            quick_checks(run)
            run.step("system packages", installing.result)
            run.command("translations", PYTHON, "-m", "tests.translations")
            compile_all(ROOT / "locale")
            # They kill servers, so they have a cluster of their own; what they wait for leaves the other tests a core.
            beside.start("ledger", BIN / "pytest", LEDGER, "-q", "-p", "no:xdist", "-p", "no:cacheprovider")
            run.step("types (mypy --strict)", lambda: beside.finish("types"))
            with_servers(run)
            run.step("tests that kill servers", lambda: beside.finish("ledger"))
        finally:
            beside.end()
    return 0 if run.summary() else 1


@dataclass
class Beside:
    """What takes long and runs beside the other steps. Its words are kept in a file until it is asked for."""

    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, *command: str | Path) -> None:
        with self._said(name).open("wb") as output:
            self.running[name] = subprocess.Popen([*command], stdout=output, stderr=subprocess.STDOUT)

    def finish(self, name: str) -> bool:
        code = self.running[name].wait()
        say(self._said(name).read_text(encoding="utf-8", errors="replace").strip())
        return code == 0

    def end(self) -> None:
        """What these started ends with them."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
                process.wait()

    @staticmethod
    def _said(name: str) -> Path:
        return RUN / f"{name}.txt"


# --- Machine ------------------------------------------------------------------------------------------------------


def system_packages(run: Run) -> bool:
    """Installs what is missing where we may, and says loudly what is left out where we may not."""
    packages = [package for program, (package, _) in SYSTEM.items() if shutil.which(program) is None]
    if not has_chinese_font():
        packages.append(FONTS)
    may_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if packages and may_install:
        install(packages)
    for package, what in lacking().values():
        run.left_out.append(f"{what}: install {package} (Debian: sudo apt-get install {package})")
    for sentence in run.left_out:
        say(f"LEFT OUT: {sentence}")
    return not (may_install and lacking())


def install(packages: list[str]) -> None:
    say(f"Installing {', '.join(packages)} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
    call("apt-get", "update", "-qq", environment=quiet)
    if not call(*command, *packages, environment=quiet):
        call(*command, *(INSTEAD.get(package, package) for package in packages), environment=quiet)


def lacking() -> dict[str, tuple[str, str]]:
    """What no test can do without. Any Chromium does."""
    missing = {program: entry for program, entry in SYSTEM.items() if shutil.which(program) is None}
    if chromium.found():
        missing.pop(chromium.BROWSERS[0], None)
    return missing


def has_chinese_font() -> bool:
    """Whether pages with Chinese text look as they will; without it they show boxes, and nothing fails."""
    if shutil.which("fc-list") is None:
        return not Path("/etc/debian_version").exists()
    found = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False)
    return bool(found.stdout.strip())


# --- Checks without servers ---------------------------------------------------------------------------------------


def quick_checks(run: Run) -> None:
    """One after the other, on the core that the types leave."""
    run.command("lint (ruff check)", BIN / "ruff", "check", ".")
    run.command("format (ruff format)", BIN / "ruff", "format", "--check", ".")
    run.command("spelling (typos)", BIN / "typos")
    run.command("import contract (import-linter)", BIN / "lint-imports")
    run.command("templates (djangofmt check)", BIN / "djangofmt", "check", "templates", "apps")
    run.command("system checks", PYTHON, "manage.py", "check", "--fail-level", "WARNING")
    run.command("static files", PYTHON, "manage.py", "collectstatic", "--noinput", "-v0", environment=static_settings())
    run.command(
        "deployment checks",
        PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
        environment=production_settings(),
    )  # fmt: skip


def static_settings() -> dict[str, str]:
    """As in an installation: hashed names, and every reference must lead somewhere."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "contactcenter.settings.dev", "STATIC_ROOT": str(RUN / "static")}


def production_settings() -> dict[str, str]:
    """The least that a real installation sets."""
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "contactcenter.settings.production",
        "SECRET_KEY": "x1-" * 30 + "abcdefgh",
        "MASTER_KEYS": f"2026:{secret}",
        "INDEX_KEY": secret,
        "ALLOWED_HOSTS": "desk.example.com",
        "SITE_URL": "https://desk.example.com",
        "DATABASE_URL": "postgres://cc_app@127.0.0.1:1/contactcenter",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }


# --- Tests --------------------------------------------------------------------------------------------------------


def with_servers(run: Run) -> None:
    try:
        throwaway.settle_addresses(os.environ)
        servers = throwaway.start_settled(os.environ, RUN)
    except Trouble as trouble:
        say(str(trouble))
        run.outcomes.append(Outcome("servers", passed=False, seconds=0))
        return
    try:
        run.command("migrations are complete", PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")
        if servers is not None:
            migrate_once(run)
        # Apart, because Playwright's synchronous interface leaves a running loop in the process that used it; and by
        # folder, because finding seven thousand tests to leave out takes as long as some of the others.
        tests(run, "tests", "tests", f"--ignore={BROWSER}", f"--ignore={LEDGER}")
        if not tests(run, "browser tests", BROWSER, "--cache-clear"):
            try_again(run)
    finally:
        if servers is not None:
            servers.stop()


def migrate_once(run: Run) -> None:
    """Each worker then has a copy of this database instead of building one of its own."""
    owner = {**os.environ, "DATABASE_ROLE": "owner"}
    if run.command("migrations", PYTHON, "manage.py", "migrate", "-v0", environment=owner):
        os.environ["DATABASE_TEMPLATE"] = DATABASE


def tests(run: Run, name: str, *paths: str) -> bool:
    return run.command(
        name,
        BIN / "pytest", *paths, "-n", WORKERS, "--dist", "loadgroup",
        f"--randomly-seed={SEED}", "--durations=15", "--tb=short", "-q",
    )  # fmt: skip


def try_again(run: Run) -> None:
    """The few browser tests that failed. Both attempts are told; only those that fail twice fail the run."""
    failed = failed_before()
    if not 1 <= len(failed) <= TRIED_AGAIN:
        return
    first = run.outcomes.pop()
    again = run.command("browser tests that failed, once more", BIN / "pytest", *failed, "-q", "--tb=short")
    run.outcomes.insert(-1, Outcome(first.name, again, first.seconds))
    if again:
        run.unstable += failed


def failed_before() -> list[str]:
    """What the tests just run wrote down of their failures; none when files could not even be read."""
    noted = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    failed = list(json.loads(noted.read_text(encoding="utf-8"))) if noted.exists() else []
    return failed if all("::" in test for test in failed) else []


# --- Small things -------------------------------------------------------------------------------------------------


def call(*command: str | Path, environment: dict[str, str] | None = None) -> bool:
    sys.stdout.flush()
    return subprocess.run([str(part) for part in command], env=environment, check=False).returncode == 0


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\nStopped.")
        sys.exit(130)
