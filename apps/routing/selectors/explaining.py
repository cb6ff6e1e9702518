"""Why somebody was offered work, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.accounts.models import Skill, Team, User, Vendor
from apps.routing import words
from apps.routing.engine.types import Param, Reason
from apps.tickets.enums import WorkKind
from apps.tickets.selectors.vocabulary import vocabulary


def explained(explanation: Iterable[Any]) -> list[str]:
    """The stored list of [code, parameters] as sentences."""
    return words.say_all([Reason(code, params) for code, params in explanation], named)


def named(kind: str, key: Param) -> str:
    """A thing by its id or key. What is gone is told by what it was called inside."""
    if kind == "queue":
        return vocabulary().queue_label(int(key)) or str(key)
    if kind == "kind":
        return str(WorkKind(str(key)).label)
    if kind == "skill":
        return str(Skill.objects.filter(key=key).first() or key)
    model: Any = {"agent": User, "team": Team, "vendor": Vendor}.get(kind)
    return str((model and model._default_manager.filter(pk=key).first()) or key)
