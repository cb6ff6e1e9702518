"""What may be done with an object that one sees.

Apps declare codes (``tickets.assign``) with labels, and predicates beside them in their ``rules.py``. Which codes a
user's roles give is told by the app that owns roles, through ``set_source``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from apps.core.errors import PermissionRefused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.core.actor import Actor

Predicate = Callable[["Actor", Any], bool]

_labels: dict[str, StrOrPromise] = {}
_rules: dict[str, Predicate] = {}
_source: list[Callable[[Any], frozenset[str]]] = []


def declare(code: str, label: StrOrPromise) -> None:
    if "." not in code:
        raise ImproperlyConfigured(f"A permission is named app.verb, not {code!r}.")
    _labels[code] = label


def rule(code: str) -> Callable[[Predicate], Predicate]:
    """Register the predicate that decides whether a holder of ``code`` may use it on a given object."""

    def register(predicate: Predicate) -> Predicate:
        if code in _rules and _rules[code] is not predicate:
            raise ImproperlyConfigured(f"Two rules for permission {code!r}.")
        _rules[code] = predicate
        return predicate

    return register


def may(actor: Actor, code: str, obj: Any = None) -> bool:
    if code not in _labels:
        raise ImproperlyConfigured(f"Permission {code!r} was never declared.")
    if code not in actor.permissions:
        return False
    predicate = _rules.get(code)
    return obj is None or predicate is None or predicate(actor, obj)


def require(actor: Actor, code: str, obj: Any = None) -> None:
    if not may(actor, code, obj):
        refusal = PermissionRefused()
        refusal.asked, refusal.subject = code, obj if isinstance(obj, Model) else None
        raise refusal


def all_permissions() -> Mapping[str, StrOrPromise]:
    return MappingProxyType(_labels)


def set_source(source: Callable[[Any], frozenset[str]]) -> None:
    """Tell how to read the codes that a user's roles give. Called once, from ``ready()`` of the app that owns roles."""
    _source[:] = [source]


def codes_of(user: Any) -> frozenset[str]:
    if not _source:
        raise ImproperlyConfigured(
            "No app has told core where a user's permissions come from (permissions.set_source)."
        )
    return _source[0](user)
