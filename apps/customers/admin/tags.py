from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin.base import StaffAdmin
from apps.customers.models import Tag


@admin.register(Tag)
class TagAdmin(StaffAdmin[Tag]):
    view_code = change_code = "channels.configure"
    list_display = ("key", "name", "target", "is_active")
    list_filter = ("target", "is_active")
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Other systems know a tag by its key.
        return ("key",) if obj is not None else ()
