"""Which channels can carry mail of our own to people: asked of the connector, so that no kind is named here."""

from __future__ import annotations

from apps.channels import registry
from apps.channels.models import Channel
from apps.customers.enums import IdentityKind


def mail_kinds() -> list[str]:
    return [
        known.kind
        for known in registry.all()
        if known.identity_kind == IdentityKind.EMAIL and known.capabilities.can_start
    ]


def can_mail(channel: Channel) -> bool:
    return channel.is_active and channel.kind in mail_kinds() and registry.get(channel.kind).sends_on(channel)
