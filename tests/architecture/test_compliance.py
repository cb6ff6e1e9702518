"""The table of statements is complete, and what it calls proved has a test of that name."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "admin" / "compliance.md"
LINE = re.compile(r"^\| C(\d+) \| (.+?) \| (met|partly|not met) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
COUNT = 40


def statements() -> list[tuple[str, str, str, str, str]]:
    return LINE.findall(PAGE.read_text(encoding="utf-8"))


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_every_statement_is_there_once() -> None:
    assert [int(number) for number, *_rest in statements()] == list(range(1, COUNT + 1))
    assert PAGE.read_text(encoding="utf-8").count("\n| C") == COUNT


def test_every_test_that_is_named_exists() -> None:
    named = [entry for *_rest, tests in statements() for entry in NAMED.findall(tests)]
    assert len(named) > COUNT
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in defined_in(path)]
    assert not missing, f"{PAGE.name} names tests that are not there: {missing}"


def test_no_statement_lacks_both_proof_and_reason() -> None:
    """What is met has a test; what is not wholly met says what is missing."""
    for number, _statement, state, how, tests in statements():
        assert NAMED.search(tests) or state == "not met", f"C{number} is called {state} without a test"
        assert state == "met" or len(how) > 20, f"C{number} does not say what is missing"
