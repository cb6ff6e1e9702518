from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core.admin.base import ActionsAdmin, Column, actor_of, column, for_each
from apps.core.audit import record_view
from apps.tickets.models import Ticket
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.selectors.rendering import view_of
from apps.tickets.services import assignment, lifecycle, spam


@admin.register(Ticket)
class TicketAdmin(ActionsAdmin[Ticket]):
    """To count, to find by number, and to tidy up several at once. Tickets are worked on the desk."""

    view_code = "tickets.view"
    list_filter = ("status", "priority", "type", "queue", "channel", "is_spam", ("opened_at", RangeDateTimeFilter))
    filtered_fields = frozenset({"assignee"})
    list_select_related = ("customer", "queue", "assignee", "channel", "category", "team", "brand", "merged_into")
    ordering = ("-id",)
    # Not a column: only a whole number is looked up.
    search_fields = ("number",)
    search_help_text = _("The ticket's number.")
    actions = ("release", "close", "mark_spam", "unmark_spam")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).defer("preview")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        text = search_term.strip().removeprefix("#")
        if not text:
            return queryset, False
        is_number = text.isascii() and text.isdigit() and len(text) <= 15
        return (queryset.filter(number=int(text)) if is_number else queryset.none()), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [
            "number",
            *self.shown(request),
            "status",
            "priority",
            "queue",
            "assignee",
            "last_message_at",
        ]

    def get_fields(self, request: HttpRequest, obj: Ticket | None = None) -> list[Any]:
        desk = column(
            "on_the_desk",
            _("on the desk"),
            lambda row: format_html('<a href="/desk/tickets/{}/">#{}</a>', row.number, row.number),
        )
        return [
            desk,
            *self.shown(request),
            "status",
            "priority",
            "type",
            "queue",
            "category",
            "team",
            "assignee",
            "channel",
            "brand",
            "is_spam",
            "merged_into",
            "opened_at",
            "last_message_at",
            "resolved_at",
            "closed_at",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Ticket | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def shown(self, request: HttpRequest) -> list[Column]:
        """Subject and customer as this viewer may see them."""
        actor = actor_of(request)

        def subject(row: Ticket) -> str:
            is_raw = lens_over_ticket(actor, row).is_raw
            return (row.subject if is_raw else view_of(actor, [row]).subject(row)) or "—"

        def customer(row: Ticket) -> str:
            named = row.customer is not None and row.customer.name
            return lens_over_ticket(actor, row).name(named) if named else "—"

        return [column("shown_subject", _("subject"), subject), column("shown_customer", _("customer"), customer)]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ticket = self.get_object(request, object_id)
        if ticket is not None:
            record_view("ticket.viewed", by=actor_of(request), subject=ticket)
        return super().change_view(request, object_id, form_url, extra_context)

    @for_each(_("Give back to the queue"), "tickets.assign_others")
    def release(self, request: HttpRequest, ticket: Ticket) -> None:
        assignment.assign_ticket(ticket=ticket, to=None, by=actor_of(request))

    @for_each(_("Close"), "tickets.resolve")
    def close(self, request: HttpRequest, ticket: Ticket) -> None:
        lifecycle.close_ticket(ticket=ticket, by=actor_of(request))

    @for_each(_("Mark as spam"), "tickets.spam")
    def mark_spam(self, request: HttpRequest, ticket: Ticket) -> None:
        spam.mark_spam(ticket=ticket, by=actor_of(request))

    @for_each(_("Not spam"), "tickets.spam")
    def unmark_spam(self, request: HttpRequest, ticket: Ticket) -> None:
        spam.unmark_spam(ticket=ticket, by=actor_of(request))
