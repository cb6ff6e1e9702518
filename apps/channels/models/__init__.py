from apps.channels.models.blocked import BlockedSender
from apps.channels.models.channel import Channel, ChannelGroupObjectPermission
from apps.channels.models.client import ClientConversation, ClientFile, ClientMessage
from apps.channels.models.cursor import PlatformCursor
from apps.channels.models.delivery import Delivery, DeliveryAttempt
from apps.channels.models.inbound import InboundEvent
from apps.channels.models.mailbox import MailFolder
from apps.channels.models.token import PlatformToken

__all__ = [
    "BlockedSender",
    "Channel",
    "ChannelGroupObjectPermission",
    "ClientConversation",
    "ClientFile",
    "ClientMessage",
    "Delivery",
    "DeliveryAttempt",
    "InboundEvent",
    "MailFolder",
    "PlatformCursor",
    "PlatformToken",
]
