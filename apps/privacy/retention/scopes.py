"""By what a rule may be narrowed. Higher apps own these things, and tell which there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Scope:
    """`key` is a column of `RetentionRule` without its `_id`."""

    key: str
    label: StrOrPromise
    choices: Callable[[], list[tuple[int, str]]]


_scopes: dict[str, Scope] = {}


def register_scope(scope: Scope) -> None:
    _scopes[scope.key] = scope


def all_scopes() -> list[Scope]:
    return list(_scopes.values())
