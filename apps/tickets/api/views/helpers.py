"""Colleagues who join whoever holds a ticket."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.errors import NotVisible
from apps.tickets.api.serializers import HelperListOutput, HelperOutput
from apps.tickets.api.views.base import OfTicket
from apps.tickets.selectors.resources import helper_resources
from apps.tickets.services.helping import add_helper, remove_helper


class Helpers(OfTicket):
    @extend_schema(
        operation_id="tickets_helpers_list",
        summary=_("List who helps on a ticket"),
        description=_(
            "Colleagues who joined whoever holds it, as far as this credential knows them; who came first is first."
        ),
        responses=HelperListOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        return Response({"results": HelperOutput(helper_resources(self.actor, self.ticket()), many=True).data})


class Helper(OfTicket):
    def user(self) -> User:
        found = User.objects.visible_to(self.actor).filter(username=self.kwargs["username"]).first()
        if found is None:
            raise NotVisible
        return found

    @extend_schema(
        operation_id="tickets_helpers_update",
        summary=_("Have a colleague join"),
        description=_("They may read the ticket and answer, and do not hold it. Whoever helps already goes on to."),
        request=None,
        responses={204: OpenApiResponse(description=_("Helping."))},
    )
    def put(self, request: Request, number: str, username: str) -> Response:
        add_helper(ticket=self.ticket(), user=self.user(), by=self.actor)
        return Response(status=204)

    @extend_schema(
        operation_id="tickets_helpers_destroy",
        summary=_("Send a helper away, or leave"),
        description=_("Harmless for who does not help. Everybody may leave; the others need the right to edit."),
        responses={204: OpenApiResponse(description=_("Not helping."))},
    )
    def delete(self, request: Request, number: str, username: str) -> Response:
        remove_helper(ticket=self.ticket(), user=self.user(), by=self.actor)
        return Response(status=204)
