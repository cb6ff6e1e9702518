"""Outgoing webhooks: their configuration, and pages that show how they are doing."""

from django.contrib import admin

from apps.automation.admin.endpoints import WebhookEndpointAdmin
from apps.automation.admin.pages import add_to

add_to(admin.site)

__all__ = ["WebhookEndpointAdmin"]
