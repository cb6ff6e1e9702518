"""Settings: what is read stands in the README and in `.env.example`, and production refuses what suits a demo only."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run import production_settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = {"text", "flag", "integer", "items", "key", "keys", "database", "redis"}
# Names that no person sets: the code does, for its own processes.
INTERNAL = {"DATABASE_ROLE"}


def names_read() -> set[str]:
    """Every name that the code reads through `env`."""
    found = set()
    for source in (ROOT / "contactcenter").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in READERS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found - INTERNAL


def test_readme_lists_every_setting() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text, re.MULTILINE)) == names_read()


def test_example_file_lists_every_setting() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)) == names_read()


def test_nothing_else_reads_the_environment() -> None:
    """A setting read elsewhere would stand in no table."""
    reading = re.compile(r"os\.environ(\.get\(|\[)|os\.getenv")
    # They start processes or servers, for which the environment is what they pass on.
    allowed = {"contactcenter/env.py", "contactcenter/launch.py", "contactcenter/settings/test.py"}
    # It hands its own bare environment to the process that parses mails.
    allowed |= {"apps/channels/connectors/email/child.py"}
    guilty = [
        str(source.relative_to(ROOT))
        for folder in ("apps", "contactcenter")
        for source in (ROOT / folder).rglob("*.py")
        if reading.search(source.read_text(encoding="utf-8"))
    ]
    assert set(guilty) - allowed == set()


def start(**changes: str | None) -> "subprocess.CompletedProcess[str]":
    environment = {**production_settings(), **{name: value for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", "import contactcenter.settings.production"],
        cwd=ROOT,
        env={**environment, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_settings_of_its_own() -> None:
    done = start()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DEBUG": "1"}, "DEBUG shows internals"),
        ({"DEMO": "1"}, "DEMO opens known sign-ins"),
        ({"SECRET_KEY": None}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY"),
        ({"MASTER_KEYS": None}, "the demo's keys are public"),
        ({"INDEX_KEY": None}, "the demo's keys are public"),
        ({"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS"),
        ({"SITE_URL": None}, "Set SITE_URL"),
        ({"DATABASE_URL": None}, "Set DATABASE_URL"),
        ({"REDIS_URL": None}, "Set REDIS_URL"),
        ({"MASTER_KEYS": "1:c2hvcnQ="}, "a key has 32"),
        ({"DATABASE_URL": "mysql://x/y"}, "must be a URL like postgres://"),
    ],
)
def test_production_refuses(changes: dict[str, str | None], sentence: str) -> None:
    done = start(**changes)
    assert done.returncode != 0
    assert sentence in done.stderr
