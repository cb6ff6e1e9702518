"""How people write long numbers: in groups, and with what between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# What people put between the digits of a number, at most three of them.
SEP = r"[ \-.\u200b\u00b7()_/]{0,3}"
# Where the count of digits, or check digits, tell a number from a list, what parts the items of a list as well.
LIST_SEP = r"[ \-.\u200b\u00b7()_/\n、*]{0,3}"
LISTED = re.compile(r"[\n、*]")
TOKEN = re.compile(r"\d+")


def is_grouped(number: str, *, most: int) -> bool:
    """A number is written in few groups, or in many equally short ones; a list of small numbers is neither."""
    return are_groups([len(group) for group in TOKEN.findall(number)], most)


def are_groups(lengths: list[int], most: int) -> bool:
    return len(lengths) <= most or max(lengths) == 1 or (set(lengths[:-1]) == {2} and lengths[-1] <= 2)


def compact(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def accepted(
    pattern: re.Pattern[str], text: str, accept: Callable[[str], bool], group: int = 0
) -> Iterator[tuple[int, int]]:
    """As `finditer`, but a candidate that is refused does not hide one that begins inside it."""
    position = 0
    while match := pattern.search(text, position):
        if accept(match[group]):
            yield match.span(group)
            position = match.end()
        else:
            token = TOKEN.search(text, match.start(group))
            position = token.end() if token else match.end()
