"""Who sees which tickets, and what hangs on tickets. The only door to them (see docs/development/permissions.md).

Granted ids were read once for the request and enter as ``= ANY(array)``, so that a list of a million tickets stays one
indexed query. Everything narrows by conditions, never by ``distinct()``, so that locks and counts work on the result.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from apps.accounts.access import Access, access_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.clock import now
from apps.core.models import SequencedQuerySet
from apps.core.models.expressions import any_of
from apps.tickets.enums import ACTIVE, DecisionKind, MessageKind, ReviewState, Status, ViewScope

if TYPE_CHECKING:
    from apps.tickets.models import (  # noqa: F401 (named in the annotations of bases)
        Assignment,
        Attachment,
        Category,
        DecisionReview,
        HandOverReason,
        IntakeRule,
        Interaction,
        Message,
        Queue,
        SavedView,
        Ticket,
    )


def works(access: Access) -> Q:
    """The tickets that lie in somebody's grants: what they may work on, not only read. What was given to the house no
    vendor's people work on any more.
    """
    scope = _granted(access)
    return scope & Q(is_kept_in_house=False) if access.is_outsourced else scope


def _granted(access: Access) -> Q:
    scope = any_of("queue_id", access.queue_ids)
    if not access.is_outsourced:
        return scope
    scope &= any_of("channel_id", access.channel_ids)
    if access.category_ids is not None:
        scope &= any_of("category_id", access.category_ids)
    recent = now() - timedelta(days=access.closed_days or 0)
    return scope & (~Q(status=Status.CLOSED) | Q(closed_at__gte=recent))


def reads(actor: Actor, access: Access) -> Q:
    """Grants, own assignments, and for in-house staff what they watch or were mentioned on. Of what a vendor gave to the
    house its people read for some days how it went on.
    """
    scope = works(access)
    if actor.user_id is None:
        return scope
    scope |= Q(assignee_id=actor.user_id)
    if access.is_outsourced:
        lately = now() - timedelta(days=settings.TICKETS_HANDED_OVER_DAYS)
        return scope | (_granted(access) & Q(is_kept_in_house=True, handed_over_at__gte=lately))
    for name in ("Watcher", "Mention"):
        mine = apps.get_model("tickets", name)._base_manager.filter(user_id=actor.user_id)
        scope |= Q(pk__in=Subquery(mine.values("ticket_id")))
    return scope


class TicketQuerySet(SequencedQuerySet["Ticket"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        if actor.kind is ActorKind.SYSTEM:
            return self
        if "tickets.view" not in actor.permissions:
            return self.none()
        access = access_of(actor)
        return self if access.sees_all else self.filter(reads(actor, access))

    def locked(self) -> Self:
        """Rows locked until the transaction ends; foreign keys to them stay free."""
        return self.select_for_update(of=("self",), no_key=True)

    def listed(self) -> Self:
        """What lists show: neither spam nor what was merged into another ticket."""
        return self.filter(is_spam=False, merged_into__isnull=True)

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def by_number(self, number: int) -> Self:
        return self.filter(number=number)


def _within_visible_tickets(actor: Actor) -> Exists:
    tickets = apps.get_model("tickets", "Ticket").objects
    return Exists(tickets.visible_to(actor).filter(pk=OuterRef("ticket_id")))


def _sees_every_ticket(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or ("tickets.view" in actor.permissions and access_of(actor).sees_all)


class MessageQuerySet(SequencedQuerySet["Message"]):
    def visible_to(self, actor: Actor) -> Self:
        if _sees_every_ticket(actor):
            return self
        return self.filter(_within_visible_tickets(actor)).shown_to(actor)

    def shown_to(self, actor: Actor) -> Self:
        """Of tickets that the actor sees: without what the house says among itself of what was handed to it."""
        if actor.kind is ActorKind.SYSTEM or not access_of(actor).is_outsourced:
            return self
        of_house = Q(ticket__is_kept_in_house=True, created__gt=F("ticket__handed_over_at"))
        return self.exclude(of_house & Q(kind=MessageKind.NOTE))

    def of_ticket(self, ticket: Ticket) -> Self:
        """The ticket's messages. Nothing is older than the ticket, which spares the partitions before it."""
        return self.filter(ticket=ticket, created__gte=ticket.opened_at - timedelta(days=1))


class InteractionQuerySet(SequencedQuerySet["Interaction"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if _sees_every_ticket(actor) else self.filter(_within_visible_tickets(actor))


class AssignmentQuerySet(QuerySet["Assignment"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if _sees_every_ticket(actor) else self.filter(_within_visible_tickets(actor))

    def offered_to(self, user_id: int) -> Self:
        return self.filter(user_id=user_id, offered_at__isnull=False)


class AttachmentQuerySet(SequencedQuerySet["Attachment"]):
    def visible_to(self, actor: Actor) -> Self:
        """Files of notes go with their notes."""
        if _sees_every_ticket(actor):
            return self
        rows = self.filter(_within_visible_tickets(actor))
        if not access_of(actor).is_outsourced:
            return rows
        of_house = Q(ticket__is_kept_in_house=True, created__gt=F("ticket__handed_over_at"))
        return rows.exclude(of_house & Q(is_internal=True))


class IntakeRuleQuerySet(QuerySet["IntakeRule"]):
    def whole(self) -> Self:
        """With all that it leads to, as intake and assignment read it."""
        return self.select_related("queue", "category", "team").prefetch_related("tags", "teams")


class HandOverReasonQuerySet(QuerySet["HandOverReason"]):
    def visible_to(self, actor: Actor) -> Self:
        """Why things are handed over is no secret among staff."""
        return self if actor.kind is ActorKind.SYSTEM or (actor.user and actor.user.is_active) else self.none()

    def offered(self, direction: str) -> Self:
        return self.filter(direction=direction, is_active=True)


class DecisionReviewQuerySet(SequencedQuerySet["DecisionReview"]):
    def visible_to(self, actor: Actor) -> Self:
        """With the ticket; a vendor's people see what their own company asked for."""
        if _sees_every_ticket(actor):
            return self
        rows, access = self.filter(_within_visible_tickets(actor)), access_of(actor)
        return rows.filter(asked_by__vendor_id=access.vendor_id or 0) if access.is_outsourced else rows

    def to_settle(self, actor: Actor) -> Self:
        """By people of the house with the permission, wherever the ticket lies."""
        if "tickets.review_decisions" not in actor.permissions or access_of(actor).is_outsourced:
            return self.none()
        return self.visible_to(actor)

    def open(self) -> Self:
        return self.filter(state=ReviewState.OPEN)

    def guarding(self, kind: DecisionKind) -> Self:
        """Those that keep decisions of a kind from being made automatically."""
        rows = self.open().filter(kind__in=(DecisionKind.ALL, kind))
        return rows if kind == DecisionKind.CLOSING else rows.filter(holds=True)


class QueueQuerySet(QuerySet["Queue"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.kind is ActorKind.SYSTEM:
            return self
        access = access_of(actor)
        return self if access.sees_all else self.filter(any_of("pk", access.queue_ids))


class CategoryQuerySet(QuerySet["Category"]):
    def visible_to(self, actor: Actor) -> Self:
        """Without a limit all; with one the granted categories. Their names are no secret, their tickets are."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        access = access_of(actor)
        unlimited = access.sees_all or access.category_ids is None
        return self if unlimited else self.filter(any_of("pk", access.category_ids or ()))


class SavedViewQuerySet(QuerySet["SavedView"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        if actor.kind is ActorKind.SYSTEM:
            return self
        if actor.user is None:
            return self.none()
        own = Q(owner_id=actor.user_id)
        team = Q(scope=ViewScope.TEAM, team__group__user=actor.user_id)
        in_team = apps.get_model("tickets", "SavedView")._base_manager.filter(team).values("pk")
        return self.filter(own | Q(scope=ViewScope.ALL) | Q(pk__in=Subquery(in_team)))
