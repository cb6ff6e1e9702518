"""What else those who look after channels should know of: higher apps tell it, the health page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apps.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Notice:
    """`tone` is warning or danger; `url` is where the reader can do something about it."""

    text: str
    url: str
    link: str
    tone: str = "warning"


NoticeSource = Callable[[Actor], Iterable[Notice]]
_sources: list[NoticeSource] = []


def register_notices(source: NoticeSource) -> NoticeSource:
    """A source gives nothing to who may not do anything about it. Called from `ready()`."""
    if source not in _sources:
        _sources.append(source)
    return source


def notices_for(actor: Actor) -> list[Notice]:
    return [notice for source in _sources for notice in source(actor)]
