"""Legal hold: what must be kept for a while, against retention and against erasure.

A hold names customers, tickets or brands. What else hangs on them is told by the apps that own it, through
``register_held``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from apps.core.clock import now
from apps.privacy.enums import TargetKind
from apps.privacy.models import HoldTarget, LegalHold

Targets = Mapping[str, set[int]]
Held = Callable[[set[int], Targets], Iterable[int]]
"""Of these ids those that hang on one of the targets, which come by their kind."""

_held: dict[str, Held] = {}


def register_held(model_label: str, held_of: Held) -> None:
    _held[model_label.lower()] = held_of


def held(model_label: str, ids: Iterable[int]) -> set[int]:
    """Those of a model's rows that a hold in force keeps. Nothing hangs on a hold by a model that nobody registered."""
    held_of = _held.get(model_label.lower())
    targets = targets_in_force() if held_of is not None else {}
    wanted = set(ids) if targets else set()
    return set() if held_of is None or not wanted else set(held_of(wanted, targets))


def targets_in_force() -> Targets:
    moment = now()
    found: defaultdict[str, set[int]] = defaultdict(set)
    rows = HoldTarget.objects.filter(
        Q(hold__ends_at=None) | Q(hold__ends_at__gt=moment), hold__released_at=None, hold__starts_at__lte=moment
    )
    for kind, object_id in rows.values_list("kind", "object_id"):
        found[kind].add(object_id)
    return found


def holds_on(kind: TargetKind, object_id: int) -> list[LegalHold]:
    """Those in force that name it, for the page that shows it."""
    if object_id not in targets_in_force().get(kind, ()):
        return []
    return list(LegalHold.objects.in_force().filter(targets__kind=kind, targets__object_id=object_id))


# What may be named


@dataclass(frozen=True)
class Naming:
    """How people name a thing of one kind, and how it is called."""

    find: Callable[[str], int | None]
    title: Callable[[int], str]


_namings: dict[str, Naming] = {}


def register_naming(kind: TargetKind, naming: Naming) -> None:
    _namings[kind] = naming


def find_target(kind: str, text: str) -> int | None:
    naming = _namings.get(kind)
    return None if naming is None else naming.find(text.strip())


def title_of(kind: str, object_id: int) -> str:
    naming = _namings.get(kind)
    return str(object_id) if naming is None else naming.title(object_id)
