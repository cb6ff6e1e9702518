"""What people outside may ask for: an open channel by its public key, and nothing else."""

import time

from django.conf import settings

from apps.channels.errors import ChannelInactive
from apps.channels.models import Channel, InboundEvent
from apps.core.ids import read_public_id
from apps.core.prepared import Prepared

_open_channels = Prepared(lambda key: Channel.objects.active().select_related("brand").filter(key=key), key=str)


def open_channel(*, key: str, kind: str = "") -> Channel:
    """Raises ChannelInactive (a 404) for one that is closed, absent or of another kind."""
    channel = _open_channels.first(key=key)
    if channel is None or (kind and channel.kind != kind):
        raise ChannelInactive
    return channel


_called: dict[str, tuple[float, Channel]] = {}


def called_channel(*, key: str) -> Channel:
    """The open channel that a platform calls, kept in the process: of many calls a second one reads it.

    A channel that was closed, or a secret that was taken back, is honoured for `CHANNELS_KEPT_SECONDS` more at the most. Calls
    share what is kept: nobody may change it.
    """
    kept_until, channel = _called.get(key, (0.0, None))
    if channel is None or kept_until <= time.monotonic():
        _called.pop(key, None)
        channel = open_channel(key=key)
        _called[key] = (time.monotonic() + settings.CHANNELS_KEPT_SECONDS, channel)
    return channel


def input_by_reference(*, channel: Channel, text: str) -> InboundEvent | None:
    """The input of this channel for which we gave out the reference."""
    pk = read_public_id(InboundEvent, text)
    return InboundEvent.objects.filter(pk=pk, channel=channel).only("ticket_id").first() if pk is not None else None
