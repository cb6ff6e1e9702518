"""What people outside may ask for: an open channel by its public key, and nothing else."""

from apps.channels.errors import ChannelInactive
from apps.channels.models import Channel, InboundEvent
from apps.core.ids import read_public_id
from apps.core.prepared import Prepared

# Every call of every platform begins with it.
_open_channels = Prepared(lambda key: Channel.objects.active().select_related("brand").filter(key=key), key=str)


def open_channel(*, key: str, kind: str = "") -> Channel:
    """Raises ChannelInactive (a 404) for one that is closed, absent or of another kind."""
    channel = _open_channels.first(key=key)
    if channel is None or (kind and channel.kind != kind):
        raise ChannelInactive
    return channel


def input_by_reference(*, channel: Channel, text: str) -> InboundEvent | None:
    """The input of this channel for which we gave out the reference."""
    pk = read_public_id(InboundEvent, text)
    return InboundEvent.objects.filter(pk=pk, channel=channel).only("ticket_id").first() if pk is not None else None
