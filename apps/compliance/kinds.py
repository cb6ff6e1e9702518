"""What can be exported. Each kind says what may be asked, who may ask, and how its files are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from apps.core.actor import Actor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Made:
    """`rows` counts what the files hold; it decides whether a second person is asked."""

    rows: int
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    label: StrOrPromise
    needs: tuple[str, ...]
    """Permissions of who asks, and of who decides."""
    make: Callable[[Mapping[str, Any], Actor], Made]


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    known = _kinds.setdefault(kind.key, kind)
    if known is not kind:
        raise ImproperlyConfigured(f"Two kinds of export are called {kind.key!r}.")


def kind_of(key: str) -> Kind:
    return _kinds[key]


def all_kinds() -> tuple[Kind, ...]:
    return tuple(_kinds.values())
