"""What a manager sets up: invitations, and the tag that a site needs. Chats themselves stand on their tickets."""

from django.contrib import admin

from apps.livechat.admin import invitations, widget

__all__ = ["invitations", "widget"]

widget.add_to(admin.site)
