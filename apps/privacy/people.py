"""One person, wherever their data lie. This app knows no such place; each higher app registers its own in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

from apps.privacy.detection import find_values
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.core.actor import Actor
    from apps.privacy.lens import Known, Lens

ERASED = "▇▇"
"""What stands where a value of an erased person stood in somebody else's text."""


@dataclass(frozen=True)
class Person:
    """All records that are one person, the living one's id first; what they are called, and their handles
    (kind, scope, value).
    """

    ids: tuple[int, ...]
    names: tuple[str, ...] = ()
    handles: tuple[tuple[str, str, str], ...] = ()
    known: tuple[Known, ...] = ()
    lacks_guardian: bool = False
    """A minor for whom no guardian is known to have consented."""

    @property
    def id(self) -> int:
        return self.ids[0]

    def values_of(self, kinds: Iterable[str]) -> list[str]:
        wanted = set(kinds)
        return [value for kind, _scope, value in self.handles if kind in wanted]

    def is_named_in(self, text: str) -> bool:
        return bool(text) and bool(find_values(text, self.known))

    def struck_from(self, text: str) -> str:
        """The text without what is known of the person."""
        parts, position = [], 0
        for span in find_values(text, self.known) if text else ():
            parts += [text[position : span.start], ERASED]
            position = span.end
        return "".join([*parts, text[position:]])

    def packed(self) -> dict[str, Any]:
        return {
            "ids": list(self.ids),
            "names": list(self.names),
            "handles": [list(handle) for handle in self.handles],
            "known": [[str(kind), value] for kind, value in self.known],
        }

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Person:
        return cls(
            ids=tuple(kept["ids"]),
            names=tuple(kept["names"]),
            handles=tuple((kind, scope, value) for kind, scope, value in kept["handles"]),
            known=tuple((FieldClass(kind), value) for kind, value in kept["known"]),
        )


@dataclass(frozen=True)
class Place:
    """A table, or a part of one, that holds data of persons.

    `erase` gets a batch of its rows, may be called again for the same ones, and runs in a transaction together with the
    progress. `concerns` is asked for each row where no column tells whose it is.
    """

    key: str
    label: StrOrPromise
    rows: Callable[[Person], QuerySet[Any, Any]]
    erase: Callable[[Person, Sequence[Any]], None]
    concerns: Callable[[Person, Any], bool] | None = None
    is_counted: bool = True
    """Whether a dry run counts it: not where every row would have to be opened."""


@dataclass(frozen=True)
class Telling:
    """What of one place goes into the package that a person gets."""

    key: str
    label: StrOrPromise
    show: Callable[[Person], Iterator[Mapping[str, Any]]]
    files: Callable[[Person], Iterable[tuple[str, int]]] | None = None


@dataclass(frozen=True)
class Correctable:
    """One value of a person that can be corrected. `shown` is what stands there now, through the reader's lens."""

    key: str
    label: StrOrPromise
    shown: str


@dataclass(frozen=True)
class Corrected:
    """By field, in plain values: what stood there, and what stands there now. Only what is different."""

    before: Mapping[str, str]
    after: Mapping[str, str]


CopyFinder = Callable[[Person], Iterator[Mapping[str, str]]]
"""Copies that somebody took of a person's data, each as {"kind", "name", "since", "address"}; `kind` is a `CopyKind`."""

_copies: list[CopyFinder] = []


def register_copies(find: CopyFinder) -> None:
    """Called from ``ready()`` by whoever lets copies leave."""
    if find not in _copies:
        _copies.append(find)


def copies_of(person: Person) -> list[dict[str, str]]:
    return [dict(row) for find in _copies for row in find(person)]


class Directory(Protocol):
    """What the app that owns people tells about them."""

    def person(self, pk: int) -> Person | None: ...

    def visible(self, pk: int, actor: Actor) -> Person | None: ...

    def title(self, pk: int, lens: Lens) -> str: ...

    def minors(self, ids: Iterable[int]) -> set[int]:
        """Which of these customers are minors."""
        ...

    def lacks_guardian(self, ids: Iterable[int]) -> bool:
        """Whether they are a minor for whom no guardian is known to have consented."""
        ...

    def address(self, pk: int) -> str: ...

    def search(self, text: str, actor: Actor) -> list[tuple[int, str]]: ...

    def correctable(self, pk: int, actor: Actor) -> list[Correctable]: ...

    def correct(self, pk: int, changes: Mapping[str, str], by: Actor) -> Corrected: ...

    def cut(self, person: Person) -> None: ...

    def marks(self, person: Person) -> list[str]: ...

    def marked(self, marks: Sequence[str], until: datetime) -> set[int]: ...


_places: dict[str, Place] = {}
_tellings: dict[str, Telling] = {}
_directory: list[Directory] = []


def register_place(place: Place) -> None:
    if place.key in _places:
        raise ImproperlyConfigured(f"Two places of personal data are named {place.key!r}.")
    _places[place.key] = place


def places() -> list[Place]:
    """Those of the highest apps first: what lies low is how the rest is found."""
    return list(reversed(_places.values()))


def register_telling(telling: Telling) -> None:
    if telling.key in _tellings:
        raise ImproperlyConfigured(f"Two parts of the package are named {telling.key!r}.")
    _tellings[telling.key] = telling


def tellings() -> list[Telling]:
    return list(_tellings.values())


def set_directory(directory: Directory) -> None:
    _directory[:] = [directory]


def directory() -> Directory:
    return _directory[0]


def delete_rows(person: Person, rows: Sequence[Model]) -> None:
    """For places whose rows go as a whole."""
    if rows:
        type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows]).delete()
