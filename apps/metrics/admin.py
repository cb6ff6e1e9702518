from django.contrib import admin

from apps.core.admin.base import StaffAdmin
from apps.metrics.models import ServiceGoal


@admin.register(ServiceGoal)
class ServiceGoalAdmin(StaffAdmin[ServiceGoal]):
    """How soon customers who are there are to be served. A queue without a row has the usual goal."""

    view_code = change_code = "channels.configure"
    may_delete = True
    fields = ("queue", "seconds", "percent", "short_seconds")
    list_display = ("queue", "percent", "seconds", "short_seconds")
    list_select_related = ("queue",)
    autocomplete_fields = ("queue",)
