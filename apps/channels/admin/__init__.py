"""Channels and what passes through them."""

from django.contrib import admin

from apps.channels.admin.blocked import BlockedSenderAdmin
from apps.channels.admin.channels import ChannelAdmin
from apps.channels.admin.operations import DeliveryAdmin, InboundEventAdmin
from apps.channels.connectors.webhook.pages import add_to

add_to(admin.site)

__all__ = ["BlockedSenderAdmin", "ChannelAdmin", "DeliveryAdmin", "InboundEventAdmin"]
