"""Who sees that something was revealed: whoever did it, whose customer it is, and those who watch over it."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind, through_all_eyes
from apps.core.models import SequencedQuerySet
from apps.core.permissions import may
from apps.privacy.enums import RevealState
from apps.privacy.owners import owner_sources
from apps.privacy.permits import may_approve

if TYPE_CHECKING:
    from apps.privacy.models import Reveal  # noqa: F401 (a type parameter)


class RevealQuerySet(SequencedQuerySet["Reveal"]):
    @through_all_eyes
    def visible_to(self, actor: Actor) -> Self:
        if actor.kind is ActorKind.SYSTEM or may_approve(actor):
            return self
        own = Q(user=actor.user_id or 0)
        if access_of(actor).is_outsourced:
            return self.filter(own)
        if may(actor, "audit.view"):
            return self
        return self.filter(reduce(or_, (Q(source(actor)) for source in owner_sources()), own))

    def shown(self) -> Self:
        return self.filter(state=RevealState.SHOWN)

    def waiting(self, moment: datetime) -> Self:
        return self.filter(state=RevealState.WAITING, valid_until__gt=moment)
