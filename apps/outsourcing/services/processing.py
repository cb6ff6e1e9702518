"""Assessments before a contract begins, and what is confirmed when it has ended."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.outsourcing.enums import AssessmentState, ContractState, Step
from apps.outsourcing.errors import NotEndedYet, NotInThisState
from apps.outsourcing.models import Contract, EndTask, ImpactAssessment
from apps.outsourcing.querysets import MANAGE


def approve_assessment(*, assessment: ImpactAssessment, by: Actor) -> ImpactAssessment:
    """From now on the contract that it is of may be activated."""
    return _decide(assessment, by, AssessmentState.APPROVED, "assessment.approved")


def refuse_assessment(*, assessment: ImpactAssessment, by: Actor) -> ImpactAssessment:
    return _decide(assessment, by, AssessmentState.REFUSED, "assessment.refused")


@transaction.atomic
def _decide(assessment: ImpactAssessment, by: Actor, state: AssessmentState, action: str) -> ImpactAssessment:
    require(by, MANAGE)
    row = ImpactAssessment.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=assessment.pk).first()
    if row is None:
        raise NotVisible
    if row.state != AssessmentState.DRAFT:
        raise NotInThisState(state=row.get_state_display())
    row.state, row.decided_by, row.decided_at = state, by.user, now()
    row.save(update_fields=["state", "decided_by", "decided_at", "updated"])
    audit.record(action, by=by, subject=row, details={"contract": row.contract_id})
    return row


@transaction.atomic
def confirm_end(*, contract: Contract, step: str, declared_by: str, by: Actor, note: str = "") -> EndTask:
    """The vendor's people are out by then, so the house writes down who declared it for the vendor. Once for good."""
    require(by, MANAGE)
    row = Contract.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=contract.pk).first()
    if row is None or by.user is None:
        raise NotVisible
    if row.state != ContractState.ENDED:
        raise NotEndedYet
    if step not in Step.values or not declared_by.strip():
        raise InvalidInput(fields={"declared_by": [_("Say who declared it for the vendor.")]})
    said = {"declared_by": declared_by.strip()[:120], "note": note.strip()[:500]}
    task, is_new = EndTask.objects.get_or_create(
        contract=row, step=step, defaults={**said, "confirmed_by": by.user, "confirmed_at": now()}
    )
    if is_new:
        audit.record("contract.end_confirmed", by=by, subject=row, details={"step": step, **said})
    return task
