from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core.admin.base import ReadOnlyAdmin
from apps.core.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """Facts in the order in which they became known. What a payload says is read in the ticket's history, by the lens."""

    view_code = "audit.view"
    list_display = ("position", "created", "kind", "ticket_id", "customer_id", "actor_label", "face")
    list_display_links = None
    list_filter = ("face", "actor_kind", ("created", RangeDateTimeFilter))
    filtered_fields = frozenset({"ticket_id", "customer_id", "kind"})
    search_fields = ("=kind",)
    search_help_text = _("A kind such as ticket.assigned.")
    ordering = ("-position",)

    def has_view_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """The list only: an event's own page would show its payload outside of the lens."""
        return obj is None and super().has_view_permission(request)
