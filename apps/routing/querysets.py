"""Whose states one may know, and who may know how work is routed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.permissions import may

if TYPE_CHECKING:
    from apps.routing.models import (  # noqa: F401 (named in the annotations of bases)
        AgentState,
        AgentStateChange,
        BreakReason,
        DeskConnection,
        LearnedRecord,
        RoutingQueue,
        RoutingRule,
        VendorAttempt,
    )


def of_people_known_to(actor: Actor, person: str = "user") -> Q:
    """One's own rows; those of everybody for who supervises, of the own company for a vendor's supervisor. `person` names
    the column that says whose a row is.
    """
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    own = Q(**{f"{person}_id": actor.user_id or 0})
    if not may(actor, "routing.supervise"):
        return own
    access = access_of(actor)
    if not access.is_outsourced:
        return Q()
    return own | Q(**{f"{person}__vendor_id": access.vendor_id}) if access.vendor_id else own


class AgentStateQuerySet(QuerySet["AgentState"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_people_known_to(actor))

    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)

    def with_connection(self) -> Self:
        """`is_connected`: whether a desk of theirs is open somewhere, as far as the leases tell."""
        connections = apps.get_model("routing", "DeskConnection").objects
        return self.annotate(is_connected=Exists(connections.live().filter(user_id=OuterRef("user_id"))))


class AgentStateChangeQuerySet(QuerySet["AgentStateChange"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_people_known_to(actor))


class DeskConnectionQuerySet(QuerySet["DeskConnection"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_people_known_to(actor))

    def live(self) -> Self:
        """By the database's clock, which all web processes share."""
        return self.filter(expires__gt=Now())


class BreakReasonQuerySet(QuerySet["BreakReason"]):
    def visible_to(self, actor: Actor) -> Self:
        """What reasons there are is no secret among staff."""
        return self if actor.kind is ActorKind.SYSTEM or (actor.user and actor.user.is_active) else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class RoutingQueueQuerySet(QuerySet["RoutingQueue"]):
    def visible_to(self, actor: Actor) -> Self:
        """Configuration: for the system, and for who may configure."""
        return self if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure") else self.none()

    def whole(self) -> Self:
        """With all that says how a queue routes, in a number of statements that does not grow."""
        parts = ("skills__skill", "overflow__skill", "overflow__queue", "overflow__team", "shares__team")
        rules = ("rules__channels", "rules__categories", "rules__team", "rules__vendor", "rules__skill")
        return self.select_related("queue").prefetch_related(*parts, "shares__vendor", *rules)


class RoutingRuleQuerySet(QuerySet["RoutingRule"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure") else self.none()


class VendorAttemptQuerySet(QuerySet["VendorAttempt"]):
    def visible_to(self, actor: Actor) -> Self:
        """Goes with its ticket."""
        tickets = apps.get_model("tickets", "Ticket").objects.visible_to(actor)
        return self.filter(ticket__in=tickets)


class LearnedRecordQuerySet(QuerySet["LearnedRecord"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """How well people do is for those who supervise them."""
        return self.filter(of_people_known_to(actor))
