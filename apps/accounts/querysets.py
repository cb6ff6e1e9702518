"""Which staff one may see."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import UserManager
from django.db.models import Q, QuerySet

from apps.accounts.access import access_of
from apps.core import clock
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.models import SequencedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AgentSkill, ApiToken, Look, Skill, StaffSession, Team, User  # noqa: F401 (named in the annotations of bases)


class UserQuerySet(QuerySet["User"]):
    def visible_to(self, actor: Actor) -> Self:
        """In-house people know all of the staff; a vendor's people know their own company and who is in-house."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        if actor.user is None or not actor.user.is_active:
            return self.none()
        access = access_of(actor)
        if not access.is_outsourced:
            return self
        return self.filter(Q(vendor__isnull=True) | Q(vendor_id=access.vendor_id))

    def listed_to(self, actor: Actor) -> Self:
        """Whom one may go through name by name. A vendor's people meet the house's on tickets; who works there is no list
        for them.
        """
        access = access_of(actor) if actor.user is not None else None
        return self.filter(vendor_id=access.vendor_id) if access is not None and access.is_outsourced else self

    def active(self) -> Self:
        return self.filter(is_active=True)


class StaffManager(UserManager["User"]):
    """Django's own manager with our queryset behind it."""

    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor) -> UserQuerySet:
        return self.get_queryset().visible_to(actor)

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()


class TeamQuerySet(QuerySet["Team"]):
    def visible_to(self, actor: Actor) -> Self:
        """As for staff: a vendor's people do not learn which other vendors there are."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        if actor.user is None or not actor.user.is_active:
            return self.none()
        access = access_of(actor)
        if not access.is_outsourced:
            return self
        return self.filter(Q(vendor__isnull=True) | Q(vendor_id=access.vendor_id))


class ApiTokenQuerySet(QuerySet["ApiToken"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """One's own; all of them for who manages accounts."""
        if actor.kind is ActorKind.SYSTEM or "accounts.manage" in actor.permissions:
            return self
        return self.filter(user_id=actor.user_id) if actor.user_id else self.none()


class StaffSessionQuerySet(QuerySet["StaffSession"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """One's own; everybody's for who manages accounts. Never those that nobody is signed in with."""
        if actor.kind is ActorKind.SYSTEM or "accounts.manage" in actor.permissions:
            return self.filter(user__isnull=False)
        return self.filter(user_id=actor.user_id) if actor.user_id else self.none()

    def live(self) -> Self:
        return self.filter(expire_date__gt=clock.now())


class LookQuerySet(SequencedQuerySet["Look"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """One's own, those at oneself, and everybody's for who reads the audit trail."""
        if actor.kind is ActorKind.SYSTEM or "audit.view" in actor.permissions:
            return self
        return self.filter(Q(user=actor.user_id) | Q(seen_as=actor.user_id)) if actor.user_id else self.none()


class SkillQuerySet(QuerySet["Skill"]):
    def visible_to(self, actor: Actor) -> Self:
        """What skills there are is no secret among staff."""
        return self if actor.kind is ActorKind.SYSTEM or (actor.user and actor.user.is_active) else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class AgentSkillQuerySet(QuerySet["AgentSkill"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """In-house people know everybody's. A vendor's people know those of their own company."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        if actor.user is None or not actor.user.is_active:
            return self.none()
        access = access_of(actor)
        if not access.is_outsourced:
            return self
        return self.filter(user__vendor_id=access.vendor_id) if access.vendor_id else self.filter(user_id=actor.user_id)

    def in_force(self, day: date) -> Self:
        """Active skills whose certificate, where they need one, still holds on that day."""
        return self.filter(Q(certified_until__isnull=True) | Q(certified_until__gte=day), skill__is_active=True)
