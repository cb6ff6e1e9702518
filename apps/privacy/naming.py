"""Whose data a reveal is about, and on which ticket, as a viewer may see them. Higher apps name what is theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum

from apps.core.actor import Actor


class Named(StrEnum):
    CUSTOMER = "customer"
    TICKET = "ticket"


# Given the viewer and ids: words and address of each that the viewer may see, and nothing of the others.
NameSource = Callable[[Actor, Collection[int]], Mapping[int, tuple[str, str]]]

_sources: dict[Named, NameSource] = {}


def register_names(named: Named, source: NameSource) -> None:
    """Called from ``ready()`` of the app that owns the records."""
    _sources[named] = source


def names_of(named: Named, actor: Actor, ids: Iterable[int | None]) -> Mapping[int, tuple[str, str]]:
    wanted = {pk for pk in ids if pk is not None}
    return _sources[named](actor, wanted) if wanted else {}
