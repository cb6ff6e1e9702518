"""Named normalizers: how a value is brought to one form before it is indexed or compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from django.utils.module_loading import import_string


def exact(value: str) -> str:
    return value


def casefold(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().casefold()


def digits(value: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", value) if char.isdigit())


_NAMED: dict[str, Callable[[str], str]] = {"exact": exact, "casefold": casefold, "digits": digits}


@lru_cache
def normalizer(name: str) -> Callable[[str], str]:
    """One of the named ones, or a dotted path to a function of higher apps."""
    if name in _NAMED:
        return _NAMED[name]
    function: Callable[[str], str] = import_string(name)
    return function
