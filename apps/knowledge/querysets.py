"""Which snippets one may see and use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.knowledge.enums import SnippetScope

if TYPE_CHECKING:
    from apps.knowledge.models import Snippet  # noqa: F401 (named in the annotation of the base)


class SnippetQuerySet(QuerySet["Snippet"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        """One's own, one's teams', and everybody's. A private one is private to its owner, managers included.

        A vendor's people also see what is for all: it is what the company wants said.
        """
        if actor.kind is ActorKind.SYSTEM:
            return self
        if actor.user is None or not actor.user.is_active or _is_shut_out(actor):
            return self.none()
        own = Q(owner_id=actor.user_id)
        team = Q(scope=SnippetScope.TEAM, team__is_active=True, team__group__in=actor.user.groups.all())
        return self.filter(own | team | Q(scope=SnippetScope.ALL))

    def usable(self) -> Self:
        return self.filter(is_active=True)


def _is_shut_out(actor: Actor) -> bool:
    return access_of(actor).is_outsourced and not actor.permissions
