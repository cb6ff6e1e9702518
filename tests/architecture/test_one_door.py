"""What a person may see is decided by `visible_to`, so nothing that answers people goes around it."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERING = ("views", "api", "consumers")
# A manager used without its door: `.objects.` (or `_default_manager.`) not followed by visible_to (or none).
AROUND = re.compile(r"\.(?:objects|_default_manager|_base_manager)\b(?!\s*\.\s*(?:visible_to|none)\b)")
# `# one door: reason` on the line says why a query needs no scope (a person's own rows, or nothing of a customer).
EXEMPTION = re.compile(r"#\s*one door:\s*\S")


def answering_files() -> list[Path]:
    files = []
    for app in sorted((ROOT / "apps").iterdir()):
        for part in ANSWERING:
            files += [app / f"{part}.py", *sorted((app / part).rglob("*.py"))]
    return [file for file in files if file.is_file()]


def test_there_is_something_to_look_at() -> None:
    assert len(answering_files()) > 10


@pytest.mark.parametrize("file", answering_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_queries_go_through_visible_to(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    guilty = []
    for match in AROUND.finditer(text):
        number = text.count("\n", 0, match.start())
        if not EXEMPTION.search(lines[number]):
            guilty.append(f"{file.relative_to(ROOT)}:{number + 1}: {lines[number].strip()}")
    assert not guilty, "\n".join(guilty)
