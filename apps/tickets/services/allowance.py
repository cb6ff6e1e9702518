"""How often we may still answer, where a platform counts: from the customer's last message on.

A platform counts by person, not by ticket: an answer on one of their tickets uses up what is left on the others, and
a message of theirs on any of them renews it for all. Public comments count apart, each by itself (see `comments`).
"""

from __future__ import annotations

from datetime import datetime

from apps.channels import registry
from apps.channels.models import Channel
from apps.customers.models import Identity
from apps.tickets.models import Interaction


def renew(interaction: Interaction, at: datetime) -> None:
    """The customer wrote."""
    if _is_counted(interaction):
        siblings = Interaction.objects.filter(
            channel_id=interaction.channel_id, identity_id=interaction.identity_id, post__isnull=True
        )
        siblings.filter(replies_since_inbound__gt=0).exclude(pk=interaction.pk).update(replies_since_inbound=0)
    if interaction.last_inbound_at == at:
        return
    interaction.last_inbound_at = at
    interaction.replies_since_inbound = 0
    interaction.save(update_fields=["last_inbound_at", "replies_since_inbound", "updated"])


def use(interaction: Interaction | None, messages: int) -> None:
    """We answered, with so many messages as the platform counts them; fewer than none when they were taken back."""
    if interaction is None:
        return
    interaction.replies_since_inbound = max(0, interaction.replies_since_inbound + messages)
    if not interaction._state.adding:  # else it is written with this, at the end of intake
        interaction.save(update_fields=["replies_since_inbound", "updated"])


def counting(channel: Channel, identity: Identity | None) -> Interaction | None:
    """Where an answer to this person counts that belongs to no conversation on its own ticket."""
    if identity is None:
        return None
    rows = Interaction.objects.filter(channel=channel, identity=identity, post__isnull=True).select_related("channel")
    return rows.order_by("-last_inbound_at").first()


def _is_counted(interaction: Interaction) -> bool:
    able = registry.get(interaction.channel.kind).capabilities
    return able.quota is not None and not interaction.is_public and interaction.identity_id is not None
