"""The floor for other systems: whose state is what, offers, and offering."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.api.paging import WholeList
from apps.core.api.views import ApiView, Resource
from apps.core.errors import NotVisible
from apps.core.ids import public_id_for, read_public_id
from apps.routing.api.serializers import (
    AgentStateChangeOutput,
    AgentStateInput,
    AgentStateListOutput,
    AgentStateOutput,
    BreakReasonOutput,
    OfferInput,
    OfferListOutput,
    OfferMadeOutput,
    OfferOutput,
)
from apps.routing.models import AgentStateChange, BreakReason
from apps.routing.selectors import floor
from apps.routing.services.states import set_state
from apps.tickets.models import Assignment, Ticket
from apps.tickets.services import offers


class _Body(ApiView):
    def body(self, shape: Any) -> dict[str, Any]:
        serializer = shape(data=self.request.data, context={"request": self.request, "view": self})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


@extend_schema_view(
    list=extend_schema(summary=_("List reasons for breaks"), description=_("What a break may be given as its reason.")),
)
class BreakReasons(Resource[BreakReason]):
    serializer_class = BreakReasonOutput
    lookup_field = "key"
    permission = "routing.serve"
    pagination_class = WholeList
    queryset = BreakReason.objects.none()

    def get_queryset(self) -> QuerySet[BreakReason]:
        return BreakReason.objects.visible_to(self.actor).active().order_by("position", "key")


class AgentStates(ApiView):
    permission = "routing.serve"

    @extend_schema(
        operation_id="agent_states_list",
        summary=_("List the states of agents"),
        description=_("Everybody whose state the token may know: its own, or with routing.supervise that of others."),
        responses=AgentStateListOutput,
    )
    def get(self, request: Request) -> Response:
        return Response(
            {"results": AgentStateOutput(map(AgentStateOutput.row, floor.floor(self.actor)), many=True).data}
        )


class OneAgentState(_Body):
    permission = "routing.serve"

    def person(self) -> User:
        user = User.objects.visible_to(self.actor).active().filter(username=self.kwargs["username"]).first()
        if user is None:
            raise NotVisible
        return user

    def check_repeat(self) -> None:
        self.person()

    @extend_schema(
        operation_id="agent_states_retrieve",
        summary=_("Show an agent's state"),
        description=_("What they are to the floor, since when, and how much they hold."),
        responses=AgentStateOutput,
    )
    def get(self, request: Request, username: str) -> Response:
        rows = floor.floor(self.actor, username=username)
        if not rows:
            raise NotVisible
        return Response(AgentStateOutput(AgentStateOutput.row(rows[0])).data)

    @extend_schema(
        operation_id="agent_states_update",
        summary=_("Set an agent's state"),
        description=_(
            "One's own, or with routing.supervise and a reason somebody else's. Doing it twice is doing it once."
        ),
        request=AgentStateInput,
        responses=AgentStateOutput,
    )
    def put(self, request: Request, username: str) -> Response:
        data = self.body(AgentStateInput)
        set_state(
            user=self.person(), state=data["state"], reason=data.get("reason"), why=data.get("why", ""), by=self.actor
        )
        return self.get(request, username)


@extend_schema_view(
    list=extend_schema(
        summary=_("List changes of state"),
        description=_("The log for adherence, the newest first: who became what, when, and what brought it about."),
    ),
)
class AgentStateChanges(Resource[AgentStateChange]):
    serializer_class = AgentStateChangeOutput
    permission = "routing.serve"
    orderings = {"-at": ("-created", "-pk")}
    queryset = AgentStateChange.objects.none()

    def get_queryset(self) -> QuerySet[AgentStateChange]:
        return AgentStateChange.objects.visible_to(self.actor).select_related("user", "reason", "by")


class Offers(ApiView):
    permission = "routing.serve"

    @extend_schema(
        operation_id="offers_list",
        summary=_("List one's open offers"),
        description=_("What the token's user is being offered right now, the oldest first."),
        responses=OfferListOutput,
    )
    def get(self, request: Request) -> Response:
        cards = floor.own_offers(self.actor)
        return Response({"results": OfferOutput(map(OfferOutput.row, cards), many=True).data})


class _OfOffer(ApiView):
    permission = "routing.serve"

    def offer(self) -> Assignment:
        pk = read_public_id(Assignment, self.kwargs["public_id"])
        rows = Assignment.objects.visible_to(self.actor).offered_to(self.actor.user_id or 0)
        found = None if pk is None else rows.filter(pk=pk).first()
        if found is None:
            raise NotVisible
        return found

    def check_repeat(self) -> None:
        self.offer()


class OfferAcceptance(_OfOffer):
    @extend_schema(
        operation_id="offers_acceptance_create",
        summary=_("Accept an offer"),
        description=_("The ticket becomes the user's. An offer that is over answers 410."),
        request=None,
        responses={204: OpenApiResponse(description=_("Accepted."))},
    )
    def post(self, request: Request, public_id: str) -> Response:
        offers.accept_offer(offer=self.offer(), by=self.actor)
        return Response(status=204)


class OfferRefusal(_OfOffer):
    @extend_schema(
        operation_id="offers_refusal_create",
        summary=_("Decline an offer"),
        description=_("The ticket goes on to somebody else."),
        request=None,
        responses={204: OpenApiResponse(description=_("Declined."))},
    )
    def post(self, request: Request, public_id: str) -> Response:
        offers.decline_offer(offer=self.offer(), by=self.actor)
        return Response(status=204)


class TicketOffers(_Body):
    permission = "tickets.view"

    def ticket(self) -> Ticket:
        found = Ticket.objects.visible_to(self.actor).by_number(int(self.kwargs["number"])).first()
        if found is None:
            raise NotVisible
        return found

    def check_repeat(self) -> None:
        self.ticket()

    @extend_schema(
        operation_id="tickets_offers_create",
        summary=_("Offer a ticket to somebody"),
        description=_(
            "A free ticket, to somebody who works its queue, for some seconds. It becomes theirs when they accept."
        ),
        request=OfferInput,
        responses={201: OfferMadeOutput},
    )
    def post(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(OfferInput)
        row = offers.offer_ticket(ticket=ticket, to=data["agent"], seconds=data["seconds"], by=self.actor)
        made = {"id": public_id_for(Assignment, row.pk), "expires_at": row.expires_at}
        return Response(OfferMadeOutput(made).data, status=201)
