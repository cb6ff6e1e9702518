"""Contracts are the house's. Whoever manages people sees all of them; a vendor's people none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.db.models import QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.permissions import may
from apps.outsourcing.enums import LIVE, ContractState

if TYPE_CHECKING:
    from apps.outsourcing.models import Contract, SlaTerm  # noqa: F401 (type parameters)

MANAGE: Final = "accounts.manage"


def sees_contracts(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or (may(actor, MANAGE) and not access_of(actor).is_outsourced)


class ContractQuerySet(QuerySet["Contract"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()

    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def binding(self) -> Self:
        return self.exclude(state=ContractState.DRAFT)

    def whole(self) -> Self:
        """With all that a page or an answer says of it."""
        parts = ("queues", "channels", "categories", "tags", "snippets", "terms__channel")
        return self.select_related("vendor", "calendar").prefetch_related(*parts)


class SlaTermQuerySet(QuerySet["SlaTerm"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if sees_contracts(actor) else self.none()
