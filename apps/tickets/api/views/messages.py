from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.idempotency import HEADER, concerning
from apps.core.api.views import Resource
from apps.core.audit import record_view
from apps.core.richtext import text_to_html
from apps.tickets.api.filters import InteractionFilter, MessageFilter
from apps.tickets.api.serializers import ForwardInput, InteractionOutput, MessageInput, MessageOutput
from apps.tickets.api.views.base import ListOfTicket, upload_id, visible_ticket
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.selectors.resources import CHANNEL_REST, interaction_resources, message_resources
from apps.tickets.selectors.timeline import UNDONE
from apps.tickets.services import messages


def message_answer(view: Resource[Message], ticket: Ticket, message: Message) -> Response:
    """A message that was just written, as the writer sees it."""
    (row,) = message_resources(view.actor, ticket, [message])
    response = view.shown(row, MessageOutput, status=201)
    response["Location"] = view.request.build_absolute_uri(reverse("api:message", args=[message.public_id]))
    return concerning(response, message)


class TicketMessages(ListOfTicket[Message]):
    serializer_class = MessageOutput
    filterset_class = MessageFilter
    permission_by_action = {}
    orderings = {"sequence": ("sequence",), "-sequence": ("-sequence",)}
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        return self.rows_of(self.ticket())

    def rows_of(self, ticket: Ticket) -> QuerySet[Message]:
        rows = Message.objects.visible_to(self.actor).of_ticket(ticket).exclude(notice=UNDONE)
        return rows.select_related("author", "customer", "channel").defer(*CHANNEL_REST)

    @extend_schema(
        summary=_("List a ticket's messages"),
        description=_("The timeline: customer, agent and bot messages, internal notes, system entries."),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ticket = self.ticket()
        record_view("ticket.viewed", by=self.actor, subject=ticket)
        page = list(self.paginate_queryset(self.filter_queryset(self.rows_of(ticket))) or [])
        rows = message_resources(self.actor, ticket, page)
        return self.get_paginated_response(MessageOutput(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(
        summary=_("Write a reply or a note"),
        description=_(
            "A reply goes out on one of the ticket's channels; its delivery tells what became of it. A note stays"
            " inside. Files are uploaded before and named by id."
        ),
        request=MessageInput,
        responses={201: MessageOutput},
    )
    def create(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.read(MessageInput)
        html = data.get("html") or text_to_html(data.get("text", ""))
        files = [upload_id(text) for text in data.get("attachments", [])]
        client_id = request.headers.get(HEADER, "")
        if data["kind"] == "note":
            message = messages.add_note(
                ticket=ticket,
                by=self.actor,
                html=html,
                mention_ids=[user.pk for user in data.get("mentions", [])],
                draft_file_ids=files,
                client_id=client_id,
            )
        else:
            given = {
                name: data[name]
                for name in ("to", "cc", "bcc", "channel", "is_public", "then_status", "is_confirmed", "card")
                if data.get(name)
            }
            message = messages.reply(
                ticket=ticket, by=self.actor, html=html, draft_file_ids=files, client_id=client_id, **given
            )
        return message_answer(self, ticket, message)


class Messages(Resource[Message]):
    """One message by its own id, wherever its ticket is."""

    serializer_class = MessageOutput
    lookup_field = "public_id"
    permission = "tickets.view"
    permission_by_action = {"forward": "tickets.reply"}
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        rows = Message.objects.visible_to(self.actor).exclude(notice=UNDONE)
        return rows.select_related("author", "customer", "channel", "ticket").defer(*CHANNEL_REST)

    @extend_schema(summary=_("Show a message"), description=_("With its files and the state of its delivery."))
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        message = self.get_object()
        ticket = visible_ticket(self.actor, message.ticket.number)
        record_view("ticket.viewed", by=self.actor, subject=ticket)
        (row,) = message_resources(self.actor, ticket, [message])
        return Response(MessageOutput(row, context=self.get_serializer_context()).data)

    @extend_schema(
        summary=_("Take a reply back"),
        description=_("One's own, while its delivery has not begun."),
        responses={204: OpenApiResponse(description=_("Taken back."))},
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        messages.undo_send(message=self.get_object(), by=self.actor)
        return Response(status=204)

    @extend_schema(
        operation_id="messages_forward_create",
        summary=_("Forward a message"),
        description=_(
            "Passes a public message on to somebody outside, with its files and your words before it. Refused for notes,"
            " and for credentials whose lens masks anything: what is masked for them must not leave in a mail."
        ),
        request=ForwardInput,
        responses={201: MessageOutput},
    )
    def forward(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        message, data = self.get_object(), self.read(ForwardInput)
        sent = messages.forward(
            message=message,
            to=data["to"],
            cc=data.get("cc", []),
            html=data.get("html") or text_to_html(data.get("text", "")),
            by=self.actor,
            client_id=request.headers.get(HEADER, ""),
            is_confirmed=data.get("is_confirmed", False),
        )
        return message_answer(self, visible_ticket(self.actor, message.ticket.number), sent)


@extend_schema_view(
    list=extend_schema(
        summary=_("List interactions"), description=_("Contacts on any channel: mail threads, conversations, visits.")
    ),
)
class Interactions(Resource[Interaction]):
    lists_persons = True
    serializer_class = InteractionOutput
    filterset_class = InteractionFilter
    lookup_field = "public_id"
    permission = "tickets.view"
    orderings = {"-started": ("-id",), "started": ("id",)}
    queryset = Interaction.objects.none()

    def get_queryset(self) -> QuerySet[Interaction]:
        rows = Interaction.objects.visible_to(self.actor)
        return rows.select_related("ticket", "customer", "channel").defer(*CHANNEL_REST)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = list(self.paginate_queryset(self.filter_queryset(self.get_queryset())) or [])
        rows = interaction_resources(self.actor, page)
        return self.get_paginated_response(InteractionOutput(rows, many=True).data)

    @extend_schema(summary=_("Show an interaction"), description=_("One contact on one channel."))
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        (row,) = interaction_resources(self.actor, [self.get_object()])
        return Response(InteractionOutput(row).data)


@extend_schema_view(
    list=extend_schema(summary=_("List a ticket's interactions"), description=_("The contacts that the ticket holds.")),
)
class TicketInteractions(ListOfTicket[Interaction]):
    serializer_class = InteractionOutput
    orderings = {"-started": ("-id",), "started": ("id",)}
    queryset = Interaction.objects.none()

    def get_queryset(self) -> QuerySet[Interaction]:
        rows = Interaction.objects.visible_to(self.actor).filter(ticket=self.ticket())
        return rows.select_related("ticket", "customer", "channel").defer(*CHANNEL_REST)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = list(self.paginate_queryset(self.get_queryset()) or [])
        return self.get_paginated_response(InteractionOutput(interaction_resources(self.actor, page), many=True).data)
