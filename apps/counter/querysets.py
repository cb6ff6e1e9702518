"""The doors to branches, windows and visits. Public faces go by keys that nobody can guess, see `selectors.public`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Q, QuerySet

from apps.accounts.access import Access, access_of, live_groups_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.models.base import SequencedQuerySet
from apps.core.models.expressions import any_of
from apps.core.permissions import may
from apps.counter.enums import AT_WINDOW, WAITING

if TYPE_CHECKING:
    from datetime import date

    from apps.counter.models import Branch, ServiceType, Visit, Window  # noqa: F401 (named in annotations of bases)


class BranchQuerySet(QuerySet["Branch"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """Those of one's teams. A vendor's people also need the grant of the branch's channel."""
        if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure"):
            return self
        if not may(actor, "counter.serve"):
            return self.none()
        access = access_of(actor)
        if access.sees_all:
            return self
        mine = self.filter(pk__in=_branches_of(actor.user_id or 0))
        return mine.filter(any_of("channel_id", access.channel_ids)) if access.is_outsourced else mine

    def active(self) -> Self:
        return self.filter(is_active=True)


def _branches_of(user_id: int) -> QuerySet[Any, Any]:
    through = apps.get_model("counter", "Branch").teams.through
    return through._default_manager.filter(team__group__in=live_groups_of(user_id)).values("branch_id")


class ServiceTypeQuerySet(QuerySet["ServiceType"]):
    def visible_to(self, actor: Actor) -> Self:
        """What a company offers at its counters hangs on the wall there."""
        if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure") or may(actor, "counter.serve"):
            return self
        return self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class WindowQuerySet(QuerySet["Window"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(branch__in=apps.get_model("counter", "Branch").objects.visible_to(actor))

    def staffed(self) -> Self:
        return self.filter(is_active=True, agent__isnull=False)


class VisitQuerySet(SequencedQuerySet["Visit"]):
    def visible_to(self, actor: Actor) -> Self:
        """The visits of one's branches; of them a vendor's people see those whose tickets they may work."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        if not may(actor, "counter.serve"):
            return self.none()
        rows = self.filter(branch__in=apps.get_model("counter", "Branch").objects.visible_to(actor))
        access = access_of(actor)
        return rows.filter(_in_contract(access)) if access.is_outsourced else rows

    def of_day(self, branch: Branch, day: date) -> Self:
        return self.filter(branch=branch, day=day)

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING)

    def at_windows(self) -> Self:
        return self.filter(state__in=AT_WINDOW)

    def in_turn(self) -> Self:
        """The order in which people are called: who has a reason first, then who came first."""
        return self.order_by("-is_priority", "issued_at", "pk")

    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)


def _in_contract(access: Access) -> Q:
    scope = any_of("service__queue_id", access.queue_ids)
    return scope if access.category_ids is None else scope & any_of("service__category_id", access.category_ids)
