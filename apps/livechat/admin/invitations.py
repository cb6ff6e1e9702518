from django.contrib import admin

from apps.core.admin.base import StaffAdmin
from apps.livechat.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(StaffAdmin[Invitation]):
    view_code = change_code = "channels.configure"
    list_display = ("channel", "pages", "seconds", "visitors", "text", "position", "is_active")
    list_display_links = ("channel", "pages")
    list_filter = ("channel", "is_active")
    list_select_related = ("channel",)
    fields = ("channel", "pages", "seconds", "visitors", "text", "position", "is_active")
    ordering = ("channel__key", "position")
