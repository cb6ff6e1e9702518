"""No pattern of ours runs away: each one meets the texts that such attacks are made of (bad input 98).

What grows with the square of a text stands out in the tests of what reads whole mails; here it is what grows faster.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import apps
import contactcenter

pytestmark = pytest.mark.unit

LENGTH = 700
UNITS = (
    "a", "1", " ", "<", "(", "@", "a@", "a.", "1-", "1 ", "\n", "> ", "\\", "{{", "http://", "=?", "\t", "_", '"', "a,", "a=", "x/",
    "微信", "一三",
)  # fmt: skip
LEFT_OUT = (".migrations", ".settings", ".simulator", ".demo")


def patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[tuple[Any, int], tuple[str, re.Pattern[Any]]] = {}
    for package in (apps, contactcenter):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in info.name for part in LEFT_OUT):
                module = importlib.import_module(info.name)
                for name, value in list(vars(module).items()):
                    for pattern in _in(value):
                        found.setdefault((pattern.pattern, pattern.flags), (f"{info.name}.{name}", pattern))
    return dict(found.values())


def _in(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 2 and isinstance(value, (list, tuple, set, frozenset, Mapping)):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _in(each, depth + 1)


def test_no_pattern_takes_long_over_any_text() -> None:
    """In this thread's processor time, of which a second is a thousand times what one should need."""
    there = patterns()
    texts = [f"{unit * (LENGTH // len(unit))}!" for unit in UNITS]
    assert len(there) > 100
    slow = {name: took for name, pattern in there.items() if (took := _longest(pattern, texts)) > 1}
    assert not slow


def _longest(pattern: re.Pattern[Any], texts: list[str]) -> float:
    longest = 0.0
    for text in texts:
        given = text if isinstance(pattern.pattern, str) else text.encode()
        begun = time.thread_time()
        pattern.search(given)
        pattern.fullmatch(given)
        longest = max(longest, time.thread_time() - begun)
    return longest


@pytest.mark.parametrize("careless", [r"(a+)+\Z", r"(?:a|a)*b"])
def test_a_careless_pattern_would_be_noticed(careless: str) -> None:
    assert _longest(re.compile(careless), ["a" * 20 + "!"]) > 0.02
