"""Why somebody was offered work, in the reader's language, and who may read that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.models import Skill, Team, User, Vendor
from apps.core.actor import Actor
from apps.core.permissions import may
from apps.routing import words
from apps.routing.engine.types import Param, Reason
from apps.routing.models import RoutingRule
from apps.tickets.enums import AssignmentState, WorkKind
from apps.tickets.models import Assignment, Ticket
from apps.tickets.selectors.vocabulary import vocabulary

MEASURES: Final = ("learned",)
"""Reasons that tell how well somebody does."""


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One offer or holding of a ticket: whose, from when to when, how it ended, and why it was theirs."""

    name: str
    began: datetime | None
    ended: datetime | None
    state: str
    why: tuple[str, ...]


def assignment_rows(actor: Actor, ticket: Ticket) -> list[AssignmentRow]:
    """Oldest first. `ticket` was taken through `visible_to`."""
    rows = Assignment.objects.visible_to(actor).filter(ticket=ticket).select_related("user", "assigned_by")
    return [
        AssignmentRow(
            name=str(row.user),
            began=row.offered_at or row.started_at,
            ended=row.ended_at,
            state=str(AssignmentState(row.state).label),
            why=tuple(_why(actor, row)),
        )
        for row in rows.order_by("pk")
    ]


def _why(actor: Actor, row: Assignment) -> list[str]:
    if not row.explanation:
        return [_by_hand(row)]
    access = access_of(actor)
    if access.is_outsourced and row.user.vendor_id != access.vendor_id:
        return []  # how the house and other companies are routed is not for a vendor
    is_told = row.user_id == actor.user_id or may(actor, "routing.supervise")
    return explained(entry for entry in row.explanation if is_told or entry[0] not in MEASURES)


def _by_hand(row: Assignment) -> str:
    if row.assigned_by is None or row.assigned_by_id == row.user_id:
        return _("Taken by themselves.")
    template = _("Offered by %(name)s.") if row.offered_at is not None else _("Given by %(name)s.")
    return template % {"name": row.assigned_by}


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
    model: Any = {"agent": User, "team": Team, "vendor": Vendor, "rule": RoutingRule}.get(kind)
    return str((model and model._default_manager.filter(pk=key).first()) or key)
