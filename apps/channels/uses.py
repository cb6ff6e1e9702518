"""What a customer has to allow before something of theirs goes out on a channel, beyond being served."""

from __future__ import annotations

from apps.channels import registry
from apps.channels.borders import crosses_border
from apps.channels.enums import TransferBasis
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel
from apps.privacy.enums import Purpose

ASKS: str = "needs_consent"
"""The setting of a channel that leads to another party: whether the notice does not cover that."""


def purposes_of(channel: Channel) -> frozenset[Purpose]:
    """Abroad where the recorded basis is the person's own consent; to another party where the channel says so."""
    found = set[Purpose]()
    if channel.transfer_basis == TransferBasis.CONSENT and crosses_border(channel):
        found.add(Purpose.CROSS_BORDER)
    if _gives_away(channel):
        found.add(Purpose.THIRD_PARTY)
    return frozenset(found)


def _gives_away(channel: Channel) -> bool:
    try:
        connector = registry.get(channel.kind)
    except UnknownConnector:
        return False
    return any(row.key == ASKS for row in connector.settings) and bool(connector.setting(channel, ASKS))


def purposes_asked() -> frozenset[Purpose]:
    """What any channel waits for."""
    return frozenset[Purpose]().union(*(purposes_of(channel) for channel in Channel.objects.filter(is_active=True)))
