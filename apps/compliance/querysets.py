"""Incidents and exports are the house's: for those who read the audit trail, and one's own exports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from django.db.models import Q

from apps.accounts.access import access_of
from apps.compliance.enums import ExportState
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.models import SequencedQuerySet
from apps.core.permissions import may

if TYPE_CHECKING:
    from apps.compliance.models import Export, Incident  # noqa: F401 (type parameters)

READ: Final = "audit.view"
MANAGE: Final = "accounts.manage"


def reads_proof(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or (may(actor, READ) and not access_of(actor).is_outsourced)


class IncidentQuerySet(SequencedQuerySet["Incident"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if reads_proof(actor) else self.none()


class ExportQuerySet(SequencedQuerySet["Export"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        if reads_proof(actor):
            return self
        return self.filter(asked_by=actor.user_id) if actor.user_id else self.none()

    def to_be_made(self) -> Self:
        return self.filter(state=ExportState.ASKED)

    def outlived(self, moment: datetime) -> Self:
        return self.filter(Q(state=ExportState.READY) | Q(state=ExportState.WAITING), expires_at__lt=moment)
