"""Which customers one may see. This is the only door to them, for pages, API, search and exports alike."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.models import SequencedQuerySet
from apps.customers.visibility import sources

if TYPE_CHECKING:
    from apps.customers.models import (  # noqa: F401 (named in the annotations of bases)
        Customer,
        CustomerNote,
        Guardian,
        Identity,
        MergeSuggestion,
        Organization,
        Tag,
        Verification,
    )

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


def _sees_all(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or ("customers.view" in actor.permissions and access_of(actor).sees_all)


def _customers(model: type[Model], relation: str) -> Any:
    """The customers' manager, reached through a relation: models import this module, not the other way round."""
    related = model._meta.get_field(relation).related_model
    return related._default_manager  # type: ignore[union-attr]


class CustomerQuerySet(SequencedQuerySet["Customer"]):
    def visible_to(self, actor: Actor) -> Self:
        """All for who sees all tickets; else whom a registered source opens, and the record they were merged into."""
        if _sees_all(actor):
            return self
        if "customers.view" not in actor.permissions or not sources():
            return self.none()
        opened = self._opened_to(actor)
        merged = self.model._default_manager.filter(opened, merged_into=OuterRef("pk"))
        return self.filter(opened | Q(Exists(merged)))

    @staticmethod
    def _opened_to(actor: Actor) -> Q:
        return reduce(or_, (Q(source(actor)) for source in sources()), Q(pk__in=()))

    def merged_with(self, customer: Customer) -> Self:
        """The record itself and those that were merged into it."""
        return self.filter(Q(pk=customer.pk) | Q(merged_into=customer.pk))

    def living(self) -> Self:
        """Without those that were merged into another record."""
        return self.filter(merged_into__isnull=True)


class _OfCustomer(SequencedQuerySet[Row_co]):
    """Rows that are visible exactly when their customer is."""

    def visible_to(self, actor: Actor) -> Self:
        if _sees_all(actor):
            return self
        return self.filter(customer__in=_customers(self.model, "customer").visible_to(actor))


class IdentityQuerySet(_OfCustomer["Identity"]):
    def handle(self, *, kind: str, value: str, scope: str = "") -> Self:
        """The identity with this normalized value, by its blind index."""
        return self.filter(kind=kind, scope=scope, value=value)


class CustomerNoteQuerySet(_OfCustomer["CustomerNote"]):
    pass


class GuardianQuerySet(_OfCustomer["Guardian"]):
    pass


class VerificationQuerySet(_OfCustomer["Verification"]):
    def open(self) -> Self:
        return self.filter(settled_at__isnull=True)


class MergeSuggestionQuerySet(SequencedQuerySet["MergeSuggestion"]):
    def visible_to(self, actor: Actor) -> Self:
        """Pairs of which the actor sees both."""
        if _sees_all(actor):
            return self
        seen = _customers(self.model, "customer").visible_to(actor)
        return self.filter(customer__in=seen, other__in=seen)

    def undecided(self) -> Self:
        """Still open, and both records still stand by themselves."""
        return self.filter(state="open", customer__merged_into__isnull=True, other__merged_into__isnull=True)


class OrganizationQuerySet(SequencedQuerySet["Organization"]):
    def visible_to(self, actor: Actor) -> Self:
        """In-house people who may see customers know every organization; others those of visible customers."""
        if _sees_all(actor):
            return self
        if "customers.view" not in actor.permissions:
            return self.none()
        if not access_of(actor).is_outsourced:
            return self
        return self.filter(pk__in=_customers(self.model, "customers").visible_to(actor).values("organization"))


class TagQuerySet(QuerySet["Tag"]):
    def visible_to(self, actor: Actor) -> Self:
        """The company's vocabulary: no secret among its staff."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        return self if actor.user is not None and actor.user.is_active else self.none()
