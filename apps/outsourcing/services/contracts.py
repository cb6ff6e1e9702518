"""What people decide about a contract. Each takes effect at once, for open pages as well."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.core import audit
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.outsourcing.enums import LIVE, ContractState
from apps.outsourcing.errors import ContractsOverlap, NotInThisState, ReasonMissing
from apps.outsourcing.models import Contract
from apps.outsourcing.querysets import MANAGE
from apps.outsourcing.selectors.contracts import overlapping
from apps.outsourcing.selectors.processing import has_assessment
from apps.outsourcing.services.granting import settle


@transaction.atomic
def activate_contract(*, contract: Contract, by: Actor) -> Contract:
    """From its first day on it opens what it names; before that nothing changes."""
    contract = _locked(contract, by, (ContractState.DRAFT,))
    _require_complete(contract)
    other = overlapping(contract)
    if other is not None:
        raise ContractsOverlap(number=other.number)
    return _move(contract, ContractState.ACTIVE, "contract.activated", by)


@transaction.atomic
def suspend_contract(*, contract: Contract, by: Actor, reason: str) -> Contract:
    """Its people are out at once, and their work waits for others. Resumed, they sign in anew."""
    contract = _locked(contract, by, (ContractState.ACTIVE,))
    return _move(contract, ContractState.SUSPENDED, "contract.suspended", by, said(reason))


@transaction.atomic
def resume_contract(*, contract: Contract, by: Actor, reason: str) -> Contract:
    contract = _locked(contract, by, (ContractState.SUSPENDED,))
    return _move(contract, ContractState.ACTIVE, "contract.resumed", by, said(reason))


@transaction.atomic
def end_contract(*, contract: Contract, by: Actor, reason: str) -> Contract:
    """Before its last day, and for good."""
    contract = _locked(contract, by, LIVE)
    return _move(contract, ContractState.ENDED, "contract.ended", by, said(reason))


def _locked(contract: Contract, by: Actor, states: Collection[ContractState]) -> Contract:
    """Under the vendor's lock, as `settle` takes it."""
    require(by, MANAGE)
    Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.vendor_id)
    row = Contract.objects.visible_to(by).filter(pk=contract.pk).first()
    if row is None:
        raise NotVisible
    if row.state not in states:
        raise NotInThisState(state=row.get_state_display())
    return row


def _require_complete(contract: Contract) -> None:
    wrong = {}
    if not contract.queues.exists():
        wrong["queues"] = [_("Without a queue the vendor would see nothing.")]
    if not contract.channels.exists():
        wrong["channels"] = [_("Without a channel the vendor would see nothing.")]
    if not contract.covers_all_categories and not contract.categories.exists():
        wrong["categories"] = [_("Choose categories, or all of them.")]
    if not contract.purpose.strip():
        wrong["purpose"] = [_("The record of processing needs the purpose.")]
    if not contract.data_categories:
        wrong["data_categories"] = [_("The record of processing needs the kinds of personal data.")]
    if contract.data_categories and not has_assessment(contract):
        wrong["assessments"] = [_("An impact assessment of these kinds of data has to be approved first.")]
    if contract.ends_at <= now():
        wrong["ends_on"] = [_("Its last day is over.")]
    if wrong:
        raise InvalidInput(fields=wrong)


def said(reason: str) -> str:
    """The reason, which must not be empty."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def _move(contract: Contract, state: ContractState, action: str, by: Actor, reason: str = "") -> Contract:
    contract.state = state
    contract.save(update_fields=["state", "updated"])
    audit.record(action, by=by, subject=contract, reason=reason, details={"vendor": contract.vendor_id})
    settle(contract.vendor_id, by=by)
    contract.refresh_from_db()
    return contract
