"""Contracts are the house's. Whoever manages people sees all of them; a vendor's people none, but how they do by their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self, TypeVar

from django.db.models import Model, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.models import SequencedQuerySet
from apps.core.permissions import may
from apps.outsourcing.enums import LIVE, ContractState

if TYPE_CHECKING:
    from apps.outsourcing.models import (  # noqa: F401 (type parameters)
        Contract,
        DeductionStep,
        OnboardingTick,
        SlaTerm,
        Statement,
        StatementComment,
        SupportAccess,
        TermOutlook,
    )

MANAGE: Final = "accounts.manage"
M = TypeVar("M", bound=Model)
SUPERVISE: Final = "routing.supervise"
MANAGE_OWN: Final = "outsourcing.manage_own_agents"
"""Of a vendor's managers."""


def sees_contracts(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or (may(actor, MANAGE) and not access_of(actor).is_outsourced)


def oversees_vendors(actor: Actor) -> bool:
    """The house's people who oversee all of its work, or manage people."""
    return sees_contracts(actor) or (may(actor, SUPERVISE) and access_of(actor).sees_all)


def leads_people_of(actor: Actor) -> int | None:
    """The own vendor, of who supervises or manages its people."""
    return access_of(actor).vendor_id if actor.permissions & {SUPERVISE, MANAGE_OWN} else None


class ContractQuerySet(QuerySet["Contract"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()

    def measured_for(self, actor: Actor) -> Self:
        """Those whose figures somebody may know: of any vendor in-house, of their own for who supervises or manages a
        vendor's people. A draft bound nobody, so there is nothing to measure.
        """
        rows = self.binding()
        if oversees_vendors(actor):
            return rows
        vendor_id = leads_people_of(actor)
        return rows.filter(vendor=vendor_id) if vendor_id else rows.none()

    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def binding(self) -> Self:
        return self.exclude(state=ContractState.DRAFT)

    def whole(self) -> Self:
        """With all that a page or an answer says of it."""
        parts = ("queues", "channels", "categories", "tags", "snippets", "terms__channel", "deductions")
        return self.select_related("vendor", "calendar").prefetch_related(*parts)


class SlaTermQuerySet(QuerySet["SlaTerm"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()


class OfHouseQuerySet(SequencedQuerySet[M]):
    """What the house writes about a contract, for itself."""

    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()


class OfContractQuerySet(QuerySet[M]):
    """Parts of a contract. What is asked of a vendor's people is no secret to them."""

    def visible_to(self, actor: Actor) -> Self:
        if sees_contracts(actor):
            return self
        vendor_id = access_of(actor).vendor_id
        return self.filter(contract__vendor=vendor_id) if vendor_id is not None else self.none()


class OnboardingTickQuerySet(QuerySet["OnboardingTick"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the own company's people."""
        if sees_contracts(actor):
            return self
        vendor_id = access_of(actor).vendor_id
        return self.filter(user__vendor=vendor_id) if vendor_id is not None else self.none()


class DeductionStepQuerySet(QuerySet["DeductionStep"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()


class TermOutlookQuerySet(QuerySet["TermOutlook"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of the contracts whose figures somebody may know. No draft has any."""
        if oversees_vendors(actor):
            return self
        vendor_id = leads_people_of(actor)
        return self.filter(contract__vendor=vendor_id) if vendor_id else self.none()


def settles_for(actor: Actor) -> int | None:
    """The vendor in whose name the actor answers statements."""
    return access_of(actor).vendor_id if MANAGE_OWN in actor.permissions else None


def sees_statements(actor: Actor) -> bool:
    return sees_contracts(actor) or settles_for(actor) is not None


class StatementQuerySet(QuerySet["Statement"]):
    def visible_to(self, actor: Actor) -> Self:
        """The house's managers see all; a vendor's managers their own company's, from when they were sent."""
        if sees_contracts(actor):
            return self
        vendor_id = settles_for(actor)
        return self.filter(contract__vendor=vendor_id, is_sent=True) if vendor_id else self.none()

    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)


class StatementCommentQuerySet(QuerySet["StatementComment"]):
    def visible_to(self, actor: Actor) -> Self:
        if sees_contracts(actor):
            return self
        vendor_id = settles_for(actor)
        mine = {"statement__contract__vendor": vendor_id, "statement__is_sent": True}
        return self.filter(**mine) if vendor_id else self.none()


class SupportAccessQuerySet(SequencedQuerySet["SupportAccess"]):
    def visible_to(self, actor: Actor) -> Self:
        """The house's who manage people, and those of the own company."""
        if sees_contracts(actor):
            return self
        vendor_id = access_of(actor).vendor_id
        return self.filter(vendor=vendor_id) if vendor_id is not None else self.none()

    def not_ended(self) -> Self:
        return self.filter(ended_at=None)
