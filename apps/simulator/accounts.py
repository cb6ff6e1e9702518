"""Which channels of this installation the simulator is the other side of."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.urls import reverse

from apps.channels.models import Channel
from apps.simulator.platforms import PLATFORMS
from apps.simulator.shapes import Account


def simulated_accounts(url: str, wanted: Collection[str] = ()) -> list[Account]:
    """Active channels whose platform is the simulator; `wanted` are kinds or keys, all by default."""
    channels = Channel.objects.active().filter(kind__in=PLATFORMS).order_by("key")
    return [
        account_of(channel)
        for channel in channels
        if PLATFORMS[channel.kind].is_played_for(channel.settings, channel.secrets, url)
        and (not wanted or {channel.kind, channel.key} & set(wanted))
    ]


def account_of(channel: Channel) -> Account:
    hook = settings.SITE_URL + reverse("channels:hook", args=[channel.key])
    return Account(
        key=channel.key,
        kind=channel.kind,
        hook=hook,
        settings=channel.settings,
        secrets=channel.secrets,
        is_quiet=channel.last_received_at is None,
    )
