"""Whose customer it is: they see what was revealed of them. Higher apps say so."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, Q

from apps.core.actor import Actor

# Given the actor, a condition on reveals: those of the customers that are theirs to look after.
OwnerSource = Callable[[Actor], "Exists | Q"]

_owners: list[OwnerSource] = []


def register_owners(source: OwnerSource) -> None:
    """Called from ``ready()`` of a higher app."""
    if source not in _owners:
        _owners.append(source)


def owner_sources() -> tuple[OwnerSource, ...]:
    return tuple(_owners)
