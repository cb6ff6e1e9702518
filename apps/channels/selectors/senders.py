"""Which channels can carry mail of our own to people: asked of the connector, so that no kind is named here."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.channels import registry
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.customers.enums import IdentityKind


def mail_kinds() -> list[str]:
    return [
        known.kind
        for known in registry.all()
        if known.identity_kind == IdentityKind.EMAIL and known.capabilities.can_start
    ]


def mailboxes(actor: Actor) -> QuerySet[Channel]:
    """Of which somebody may say that alerts and invitations go out by them."""
    return Channel.objects.visible_to(actor).filter(kind__in=mail_kinds())


def can_mail(channel: Channel) -> bool:
    return channel.is_active and channel.kind in mail_kinds() and registry.get(channel.kind).sends_on(channel)
