"""Whether two names may be one person's. Weak by itself: it only ever supports a handle that both gave."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

ALIKE = 0.85
_WORD = re.compile(r"\w+")


def names_agree(one: str, other: str) -> bool:
    """Equal but for case, width, punctuation and the order of the words, or nearly so. Nobody agrees with no name."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    return first == second or SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def _words(name: str) -> list[str]:
    return sorted(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))
