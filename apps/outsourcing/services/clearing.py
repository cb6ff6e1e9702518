"""Ticks and certificates: what lets a vendor's people be given work."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import AgentSkill, Skill, User
from apps.accounts.services.skills import certify
from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.events import publish
from apps.core.permissions import may
from apps.outsourcing.errors import NoContractInForce, NotYoursToCertify
from apps.outsourcing.events import CertificateEnds
from apps.outsourcing.models import CertificateReminder, Contract, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.rules import CERTIFY, OWN_AGENTS
from apps.outsourcing.selectors.contracts import ruling_contract
from apps.outsourcing.selectors.warnings import ending_certificates


@transaction.atomic
def tick_step(*, step: OnboardingStep, user: User, by: Actor) -> None:
    """Twice is once: who was first stays."""
    user, contract = _person(user, by)
    step = _step(step, contract, by)
    _row, is_new = OnboardingTick.objects.get_or_create(step=step, user=user, defaults={"ticked_by": by.user})
    if is_new:
        audit.record("vendor.step_ticked", by=by, subject=user, details={"step": step.pk, "contract": contract.number})


@transaction.atomic
def untick_step(*, step: OnboardingStep, user: User, by: Actor) -> None:
    user, contract = _person(user, by)
    step = _step(step, contract, by)
    if OnboardingTick.objects.filter(step=step, user=user).delete()[0]:
        details = {"step": step.pk, "contract": contract.number}
        audit.record("vendor.step_unticked", by=by, subject=user, details=details)


@transaction.atomic
def certify_agent(*, user: User, skill: Skill, level: int, until: date, by: Actor) -> AgentSkill:
    """In a skill that the contract in force asks for."""
    user, contract = _person(user, by)
    if not ContractSkill.objects.filter(contract=contract, skill=skill, skill__is_active=True).exists():
        raise NotVisible
    if not may(by, CERTIFY) and not contract.vendor_certifies:
        raise NotYoursToCertify
    if until < contract.day(now()):
        raise InvalidInput(fields={"until": [_("This day is over.")]})
    code = CERTIFY if may(by, CERTIFY) else OWN_AGENTS
    return certify(user=user, skill=skill, level=level, until=until, by=by, code=code)


def remind_of_certificates() -> int:
    """Each certificate that runs out soon is told once. They are few: of live contracts only."""
    moment = now()
    contracts = [row for row in Contract.objects.live() if row.is_in_force(moment)]
    return sum(_remind(contract, contract.day(moment)) for contract in contracts)


def _remind(contract: Contract, day: date) -> int:
    return sum(_tell(row) for row in ending_certificates(contract, day))


@transaction.atomic
def _tell(row: AgentSkill) -> bool:
    until = row.certified_until
    if until is None:
        return False
    _reminder, is_new = CertificateReminder.objects.get_or_create(
        user_id=row.user_id, skill=row.skill, certified_until=until
    )
    if is_new:
        publish(CertificateEnds(user_id=row.user_id, skill=row.skill.key, until=until.isoformat()), by=SYSTEM)
    return is_new


# Who may


def _person(user: User, by: Actor) -> tuple[User, Contract]:
    """Somebody of a vendor, seen from in-house; of the own company and not oneself, for its managers."""
    people = User.objects.visible_to(by).filter(pk=user.pk, vendor__isnull=False)
    if not may(by, CERTIFY):
        if not may(by, OWN_AGENTS) or by.user is None or by.user.vendor_id is None:
            raise PermissionRefused
        people = people.filter(vendor=by.user.vendor_id)
    row = people.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotVisible
    if row.pk == by.user_id:
        raise PermissionRefused
    contract = ruling_contract(row.vendor_id or 0)
    if contract is None:
        raise NoContractInForce
    return row, contract


def _step(step: OnboardingStep, contract: Contract, by: Actor) -> OnboardingStep:
    row = OnboardingStep.objects.filter(pk=step.pk, contract=contract).first()
    if row is None:
        raise NotVisible
    if row.is_for_house and not may(by, CERTIFY):
        raise PermissionRefused
    return row
