"""The doors to chats and invitations. A visitor goes by the secret of the own conversation and by no queryset."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from apps.core.actor import Actor, ActorKind
from apps.core.models.base import SequencedQuerySet
from apps.core.permissions import may
from apps.tickets.models import Interaction, Ticket

if TYPE_CHECKING:
    from apps.livechat.models import ChatSession, Invitation  # noqa: F401 (named in annotations of bases)


class ChatSessionQuerySet(SequencedQuerySet["ChatSession"]):
    def visible_to(self, actor: Actor) -> Self:
        """Who sees the ticket sees its chats."""
        if actor.kind is ActorKind.SYSTEM:
            return self
        return self.filter(interaction__ticket__in=Ticket.objects.visible_to(actor))

    def open(self) -> Self:
        return self.filter(ended_at=None)

    def due_to_end(self, moment: datetime) -> Self:
        """Those whose visitor writes no more, or waits for us and is not there any more."""
        silent = Q(silent_at__lte=moment)
        return self.open().filter(silent | Q(silent_at=None, gone_at__lte=moment))

    def of_ticket(self, ticket_id: int) -> Self:
        """Those of a ticket, and of tickets that were merged into it.

        By the key that a line brings along: `interaction` is only set once somebody was told that the line is there,
        and whoever reads or ends it may be faster.
        """
        contacts = Interaction.objects.filter(Q(ticket_id=ticket_id) | Q(ticket__merged_into_id=ticket_id))
        return self.filter(thread_key__in=contacts.values("thread_key"))

    def waiting(self) -> Self:
        """Those whose visitor sits in front of them while nobody has taken the ticket."""
        unseen = Q(interaction=None)
        free = Q(interaction__ticket__assignee=None, interaction__ticket__waiting_since__isnull=False)
        return self.open().filter(unseen | free, is_away=False)


class InvitationQuerySet(QuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if actor.kind is ActorKind.SYSTEM or may(actor, "channels.configure") else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True, channel__is_active=True)
