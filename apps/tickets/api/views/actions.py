"""What is done to a ticket: a verb is an address below it."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.idempotency import concerning
from apps.core.api.versions import expected_version
from apps.core.errors import NotVisible
from apps.tickets.api.serializers import (
    AssignmentInput,
    LinkInput,
    LinkListOutput,
    LinkOutput,
    MergeInput,
    SpamInput,
    StatusInput,
    TicketOutput,
    TransferInput,
)
from apps.tickets.api.views.base import OfTicket, tags_by_key, ticket_answer, visible_ticket
from apps.tickets.enums import LinkKind, Status
from apps.tickets.selectors.resources import link_resources
from apps.tickets.services import assignment, lifecycle, linking, spam
from apps.tickets.services.lifecycle import WrapUpInput
from apps.tickets.services.transferring import Target, transfer_ticket


class State(OfTicket):
    versioned = True

    @extend_schema(
        operation_id="tickets_status_update",
        summary=_("Change a ticket's status"),
        description=_(
            "Moves that the state machine does not know are refused. Resolving may need a wrap-up, depending on channel"
            " and category; what is missing is named."
        ),
        request=StatusInput,
        responses=TicketOutput,
    )
    def put(self, request: Request, number: str) -> Response:
        ticket, data, version = self.ticket(), self.body(StatusInput), expected_version(request)
        if data["status"] == Status.RESOLVED:
            wrap_up = self.wrap_up(data.get("wrap_up"))
            ticket = lifecycle.resolve_ticket(ticket=ticket, by=self.actor, wrap_up=wrap_up, version=version)
        else:
            ticket = lifecycle.change_status(ticket=ticket, status=data["status"], by=self.actor, version=version)
        return ticket_answer(self, ticket)

    def wrap_up(self, data: dict[str, object] | None) -> WrapUpInput | None:
        if data is None:
            return None
        keys = data.pop("tags", None)
        tags = tags_by_key(self.actor, list(keys)) if isinstance(keys, list) else None
        return WrapUpInput(tags=tags, **data)  # type: ignore[arg-type]


class Assignment(OfTicket):
    versioned = True

    @extend_schema(
        operation_id="tickets_assignment_update",
        summary=_("Assign a ticket"),
        description=_("To somebody who works its queue, or back to the queue with null."),
        request=AssignmentInput,
        responses=TicketOutput,
    )
    def put(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(AssignmentInput)
        optional = {"team": data["team"]} if "team" in data else {}
        ticket = assignment.assign_ticket(
            ticket=ticket, to=data["assignee"], by=self.actor, version=expected_version(request), **optional
        )
        return ticket_answer(self, ticket)


class Transfer(OfTicket):
    @extend_schema(
        operation_id="tickets_transfer_create",
        summary=_("Transfer a ticket"),
        description=_(
            "Hands on what the token's user holds, or with the permission for it what others hold: to somebody, to a"
            " queue, or back to the house. The customer of a running chat reads that they are being connected."
        ),
        request=TransferInput,
        responses=TicketOutput,
    )
    def post(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(TransferInput)
        to = Target(user=data.get("assignee"), queue=data.get("queue"), is_house=data.get("to_house", False))
        moved = transfer_ticket(ticket=ticket, to=to, by=self.actor, whisper=data.get("whisper", ""))
        return ticket_answer(self, moved)


class Watch(OfTicket):
    @extend_schema(
        operation_id="tickets_watch_update",
        summary=_("Watch a ticket"),
        description=_("The token's user follows the ticket and may read it from now on."),
        request=None,
        responses={204: OpenApiResponse(description=_("Watching."))},
    )
    def put(self, request: Request, number: str) -> Response:
        assignment.watch(ticket=self.ticket(), by=self.actor)
        return Response(status=204)

    @extend_schema(
        operation_id="tickets_watch_destroy",
        summary=_("Stop watching a ticket"),
        description=_("Harmless when it was not watched."),
        responses={204: OpenApiResponse(description=_("Not watching."))},
    )
    def delete(self, request: Request, number: str) -> Response:
        assignment.unwatch(ticket=self.ticket(), by=self.actor)
        return Response(status=204)


class Links(OfTicket):
    @extend_schema(
        operation_id="tickets_links_list",
        summary=_("List a ticket's links"),
        description=_("Links whose other end this credential may see as well."),
        responses=LinkListOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        return Response({"results": LinkOutput(link_resources(self.actor, self.ticket()), many=True).data})

    @extend_schema(
        operation_id="tickets_links_create",
        summary=_("Link two tickets"),
        description=_("Both must be visible. A link that is there already stays as it is."),
        request=LinkInput,
        responses={201: LinkOutput},
    )
    def post(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(LinkInput)
        kind = data.get("kind", LinkKind.RELATED)
        linking.link_tickets(ticket=ticket, other=data["ticket"], by=self.actor, kind=kind)
        row = {"ticket": data["ticket"].number, "kind": kind, "is_outgoing": True}
        return concerning(Response(LinkOutput(row).data, status=201), data["ticket"])


class Link(OfTicket):
    @extend_schema(
        operation_id="tickets_links_destroy",
        summary=_("Remove a link"),
        description=_("In whichever direction it was made."),
        responses={204: OpenApiResponse(description=_("Not linked."))},
    )
    def delete(self, request: Request, number: str, kind: str, other: str) -> Response:
        if kind not in LinkKind.values:
            raise NotVisible
        linking.unlink_tickets(ticket=self.ticket(), other=visible_ticket(self.actor, other), by=self.actor, kind=kind)
        return Response(status=204)


class Merge(OfTicket):
    @extend_schema(
        operation_id="tickets_merge_create",
        summary=_("Merge a ticket into another"),
        description=_("Its messages are shown there and new ones follow. Answers with the ticket that took it in."),
        request=MergeInput,
        responses=TicketOutput,
    )
    def post(self, request: Request, number: str) -> Response:
        into = lifecycle.merge_tickets(ticket=self.ticket(), into=self.body(MergeInput)["into"], by=self.actor)
        return ticket_answer(self, into)

    @extend_schema(
        operation_id="tickets_merge_destroy",
        summary=_("Undo a merge"),
        description=_("The ticket stands by itself again."),
        responses={204: OpenApiResponse(description=_("Not merged."))},
    )
    def delete(self, request: Request, number: str) -> Response:
        lifecycle.unmerge(ticket=self.ticket(), by=self.actor)
        return Response(status=204)


class Spam(OfTicket):
    @extend_schema(
        operation_id="tickets_spam_update",
        summary=_("Mark or unmark spam"),
        description=_("With `block_sender` what the sender writes from now on is kept and opens nothing."),
        request=SpamInput,
        responses=TicketOutput,
    )
    def put(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(SpamInput)
        if not data["is_spam"]:
            ticket = spam.unmark_spam(ticket=ticket, by=self.actor)
        elif data.get("block_sender"):
            spam.block_sender(ticket=ticket, by=self.actor)
        else:
            ticket = spam.mark_spam(ticket=ticket, by=self.actor)
        return ticket_answer(self, ticket)
