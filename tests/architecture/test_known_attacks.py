"""The table of known attacks is complete, and each case names a test that is there or says why there is none."""

import re

import pytest

from tests.architecture.test_compliance import NAMED, ROOT, defined_in

pytestmark = pytest.mark.unit

PAGE = ROOT / "docs" / "development" / "known-attacks.md"
LINE = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ABSENT = re.compile(r"no such feature: \S.{10,}")
COUNT = 120


def cases() -> list[tuple[str, str, str, str, str]]:
    return LINE.findall(PAGE.read_text(encoding="utf-8"))


def test_every_case_has_its_row_once() -> None:
    assert [int(number) for number, *_rest in cases()] == list(range(1, COUNT + 1))
    assert len(re.findall(r"^\| \d", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) == len(cases())


def test_every_test_that_is_named_exists() -> None:
    named = [entry for *_rest, tests in cases() for entry in NAMED.findall(tests)]
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in defined_in(path)]
    assert not missing, f"{PAGE.name} names tests that are not there: {missing}"


def test_no_case_is_without_a_test_or_a_reason() -> None:
    bare = [number for number, *_rest, tests in cases() if not NAMED.search(tests) and not ABSENT.search(tests)]
    assert not bare, f"cases without a test, and without the feature that is missing: {bare}"
