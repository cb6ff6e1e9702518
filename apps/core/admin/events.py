from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core.admin.base import ReadOnlyAdmin, column
from apps.core.events import event_label
from apps.core.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """Facts in the order in which they became known. Payloads are read in a ticket's history, through the lens."""

    view_code = "audit.view"
    list_display = (
        column("at", _("position"), lambda row: row.position or "—", order="position"),
        column("when", _("when"), lambda row: row.created, order="created"),
        column("what", _("kind"), lambda row: f"{event_label(row.kind)} ({row.kind})", order="kind"),
        column("of_ticket", _("ticket"), lambda row: row.ticket_id or "—", order="ticket_id"),
        column("of_customer", _("customer"), lambda row: row.customer_id or "—", order="customer_id"),
        column("who", _("who"), lambda row: row.actor_label, order="actor_label"),
        column("through", _("through"), lambda row: row.get_face_display(), order="face"),
    )
    list_display_links = None
    list_filter = ("face", "actor_kind", ("created", RangeDateTimeFilter))
    filtered_fields = frozenset({"ticket_id", "customer_id", "kind"})
    search_fields = ("=kind",)
    search_help_text = _("A kind such as ticket.assigned.")
    ordering = ("-position",)

    def has_view_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """The list only: an event's own page would show its payload outside of the lens."""
        return obj is None and super().has_view_permission(request)
