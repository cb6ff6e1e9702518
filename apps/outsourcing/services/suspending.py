"""Shutting a vendor, or one of its people, out at once, and letting them in again. Both ask for a reason."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User, Vendor
from apps.accounts.services.users import deactivate_user, reactivate_user
from apps.accounts.services.vendors import close_vendor, open_vendor
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.permissions import require
from apps.core.wake import wake
from apps.outsourcing.enums import ContractState
from apps.outsourcing.models import Contract
from apps.outsourcing.querysets import MANAGE, sees_contracts
from apps.outsourcing.selectors.contracts import vendors_under_contract
from apps.outsourcing.services.contracts import resume_contract, said, suspend_contract


@transaction.atomic
def suspend_vendor(*, vendor: Vendor, by: Actor, reason: str) -> None:
    """All its active contracts, so that none that begins tomorrow lets its people in again."""
    vendor, reason = _locked(vendor, by), said(reason)
    for contract in _contracts(vendor, ContractState.ACTIVE):
        suspend_contract(contract=contract, by=by, reason=reason)
    close_vendor(vendor=vendor, by=by, reason=reason)
    wake("routing.deactivated")


@transaction.atomic
def reinstate_vendor(*, vendor: Vendor, by: Actor, reason: str) -> None:
    """Where contracts say what it sees, its door opens with the one that is in force."""
    vendor, reason = _locked(vendor, by), said(reason)
    for contract in _contracts(vendor, ContractState.SUSPENDED):
        resume_contract(contract=contract, by=by, reason=reason)
    if vendor.pk not in vendors_under_contract([vendor.pk]):
        open_vendor(vendor=vendor, by=by, reason=reason)


@transaction.atomic
def suspend_agent(*, user: User, by: Actor, reason: str) -> None:
    """Sessions, sockets and tokens end; what they hold waits for others."""
    deactivate_user(user=_outsourced(user, by), by=by, reason=said(reason))


@transaction.atomic
def reinstate_agent(*, user: User, by: Actor, reason: str) -> None:
    """They sign in anew; tokens are issued anew."""
    reactivate_user(user=_outsourced(user, by), by=by, reason=said(reason))


def _locked(vendor: Vendor, by: Actor) -> Vendor:
    require(by, MANAGE)
    row = Vendor.objects.select_for_update(of=("self",), no_key=True).filter(pk=vendor.pk).first()
    if row is None or not sees_contracts(by):
        raise NotVisible
    return row


def _contracts(vendor: Vendor, state: ContractState) -> list[Contract]:
    return list(Contract.objects.filter(vendor=vendor, state=state).order_by("starts_on"))


def _outsourced(user: User, by: Actor) -> User:
    """In-house people are switched off on the page of users."""
    require(by, MANAGE)
    row = User.objects.visible_to(by).filter(pk=user.pk, vendor__isnull=False).first()
    if row is None or not sees_contracts(by):
        raise NotVisible
    return row
