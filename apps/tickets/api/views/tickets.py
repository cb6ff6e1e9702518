from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.api.idempotency import HEADER
from apps.core.api.versions import expected_version
from apps.core.api.views import Resource
from apps.core.audit import record_view
from apps.core.richtext import text_to_html
from apps.tickets.api.filters import TicketFilter
from apps.tickets.api.serializers import (
    HistoryListOutput,
    HistoryOutput,
    TicketCreateInput,
    TicketOutput,
    TicketUpdateInput,
)
from apps.tickets.api.views.base import OfTicket, tags_by_key, ticket_answer, upload_id, visible_ticket
from apps.tickets.models import Ticket
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.resources import ticket_resources, with_names
from apps.tickets.services import assignment, lifecycle, messages


@extend_schema_view(
    list=extend_schema(
        summary=_("List tickets"),
        description=_(
            "Tickets that this credential may see. Lists of keys are separated by commas. Spam and merged tickets are"
            " left out unless asked for."
        ),
    ),
)
class Tickets(Resource[Ticket]):
    lists_persons = True
    serializer_class = TicketOutput
    filterset_class = TicketFilter
    lookup_field = "number"
    permission = "tickets.view"
    permission_by_action = {"create": "tickets.create"}
    orderings = {
        "-last_message": ("-last_message_at", "-id"),
        "last_message": ("last_message_at", "id"),
        "-created": ("-id",),
        "created": ("id",),
        "-priority": ("-priority", "-last_message_at", "-id"),
    }
    versioned = True
    queryset = Ticket.objects.none()

    def get_queryset(self) -> QuerySet[Ticket]:
        rows = with_names(Ticket.objects.visible_to(self.actor))
        if self.action == "list":
            asked = self.request.query_params
            rows = rows if "is_spam" in asked else rows.filter(is_spam=False)
            rows = rows if "is_merged" in asked else rows.filter(merged_into__isnull=True)
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = ticket_resources(self.actor, list(page))
        return self.get_paginated_response(TicketOutput(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(summary=_("Show a ticket"), description=_("One ticket by its number."))
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ticket = visible_ticket(self.actor, self.kwargs["number"])
        record_view("ticket.viewed", by=self.actor, subject=ticket)
        return ticket_answer(self, ticket)

    @extend_schema(
        summary=_("Open a ticket"),
        description=_(
            "Opens a ticket in our own name: a task, a call to return, or with `message` a conversation that we begin."
            " What a customer wrote is passed on to a channel instead, which finds the customer and the conversation"
            " by itself."
        ),
        request=TicketCreateInput,
        responses={201: TicketOutput},
    )
    @transaction.atomic
    def create(self, request: Request) -> Response:
        data = self.read(TicketCreateInput)
        message, assignee = data.pop("message", None), data.pop("assignee", None)
        ticket = self._open(data, assignee) if message is None else self._write_first(data, message, assignee)
        response = ticket_answer(self, ticket, status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:ticket", args=[ticket.number]))
        return response

    def _write_first(self, data: dict[str, Any], message: dict[str, Any], assignee: User | None) -> Ticket:
        tags = tags_by_key(self.actor, data.pop("tags", []))
        given: dict[str, Any] = {
            name: message[name] for name in ("cc", "bcc", "then_status", "is_confirmed") if message.get(name)
        }
        if assignee is not None:
            given["assignee"] = assignee
        return messages.start_outbound(
            by=self.actor,
            subject=data.pop("subject", ""),
            html=message.get("html") or text_to_html(message.get("text", "")),
            address=message.get("to", ""),
            draft_file_ids=[upload_id(text) for text in message.get("attachments", [])],
            client_id=self.request.headers.get(HEADER, ""),
            tags=tags,
            **given,
            **data,
        )

    def _open(self, data: dict[str, Any], assignee: User | None) -> Ticket:
        note = data.pop("note", {})
        html = note.get("html") or text_to_html(note.get("text", ""))
        tags = tags_by_key(self.actor, data.pop("tags", []))
        ticket = lifecycle.open_ticket(by=self.actor, note_html=html, tags=tags, **data)
        if assignee is not None:
            ticket = assignment.assign_ticket(ticket=ticket, to=assignee, by=self.actor)
        return ticket

    @extend_schema(
        summary=_("Change a ticket's fields"),
        description=_("Only the fields that are sent change. Status and assignee have addresses of their own."),
        request=TicketUpdateInput,
        responses=TicketOutput,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ticket = visible_ticket(self.actor, self.kwargs["number"])
        data = self.read(TicketUpdateInput)
        if "tags" in data:
            data["tags"] = tags_by_key(self.actor, data["tags"])
        ticket = lifecycle.change_fields(ticket=ticket, by=self.actor, version=expected_version(request), **data)
        return ticket_answer(self, ticket)


class History(OfTicket):
    @extend_schema(
        operation_id="tickets_history_list",
        summary=_("List a ticket's history"),
        description=_("Who did what, from, to, when and through which face; oldest first. Nobody can edit it."),
        responses=HistoryListOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        rows = ticket_history(self.actor, self.ticket())
        return Response({"results": HistoryOutput(rows, many=True).data})
