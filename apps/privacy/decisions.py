"""Automatic decisions that a person is to look at because somebody objects to them. The app that decides says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from apps.core.actor import Actor
    from apps.privacy.models import DataSubjectRequest


class Decisions(Protocol):
    def ask(self, request: DataSubjectRequest, by: Actor) -> None:
        """Has a person look at what was decided on the request's ticket. InvalidInput where it names none."""

    def is_settled(self, request: DataSubjectRequest) -> bool: ...


_decisions: list[Decisions] = []


def register_decisions(decisions: Decisions) -> None:
    """Called from ``ready()`` of the higher app."""
    _decisions[:] = [decisions]


def decisions() -> Decisions:
    return _decisions[0]
