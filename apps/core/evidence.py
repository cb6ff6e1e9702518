"""What an auditor is given, section by section. An app says here what it can show; a pack asks all of them.

Register from `ready()`. Every text in a row is masked before it leaves, but for what is marked `Exact`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Exact(str):
    """A machine's value that means nothing when a character of it is masked: a hash, a key, a code of ours."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` on, before `until`."""

    since: datetime
    until: datetime


Rows = Callable[[Period], Iterable[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: StrOrPromise
    head: tuple[StrOrPromise, ...]
    rows: Rows


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    known = _sections.setdefault(section.key, section)
    if known is not section:
        raise ImproperlyConfigured(f"Two sections are called {section.key!r}.")


def all_sections() -> Mapping[str, Section]:
    return MappingProxyType(_sections)
