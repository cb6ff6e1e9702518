"""What people outside may ask for: an open channel by its public key, and nothing else."""

from apps.channels.errors import ChannelInactive
from apps.channels.models import Channel, InboundEvent
from apps.core.ids import read_public_id


def open_channel(*, key: str, kind: str = "") -> Channel:
    """Raises ChannelInactive (a 404) for one that is closed, absent or of another kind."""
    channels = Channel.objects.active().select_related("brand").filter(key=key)
    channel = (channels.filter(kind=kind) if kind else channels).first()
    if channel is None:
        raise ChannelInactive
    return channel


def is_reference(*, channel: Channel, text: str) -> bool:
    """Whether we gave out this reference for an input of this channel."""
    pk = read_public_id(InboundEvent, text)
    return pk is not None and InboundEvent.objects.filter(pk=pk, channel=channel).exists()
