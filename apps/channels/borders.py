"""Whether what a channel is told leaves the region that this installation is at home in (PIPL 38 to 40; GDPR 44 ff.)."""

from __future__ import annotations

from django.conf import settings

from apps.channels import registry
from apps.channels.enums import Region
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel


def region_of(channel: Channel) -> Region:
    """As the channel says, or as usual for its kind; of a kind that is not there any more nothing is known."""
    if channel.server_region:
        return Region(channel.server_region)
    try:
        return registry.get(channel.kind).region
    except UnknownConnector:
        return Region.OTHER


def home_region() -> Region:
    return Region(settings.HOME_REGION)


def crosses_border(channel: Channel) -> bool:
    return region_of(channel) not in (Region.OWN, home_region())


def lacks_basis(channel: Channel) -> bool:
    """Such a channel must not be switched on. One that is on already goes on, and the health page tells."""
    return crosses_border(channel) and not channel.transfer_basis
