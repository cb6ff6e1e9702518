"""Channels and what passes through them."""

from apps.channels.admin.blocked import BlockedSenderAdmin
from apps.channels.admin.channels import ChannelAdmin
from apps.channels.admin.operations import DeliveryAdmin, InboundEventAdmin

__all__ = ["BlockedSenderAdmin", "ChannelAdmin", "DeliveryAdmin", "InboundEventAdmin"]
