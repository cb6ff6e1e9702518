"""Where an answer can go, and what would become of it: both known before it is sent."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.richtext import text_to_html
from apps.tickets.api.serializers import PreviewInput, PreviewOutput, ReplyRouteListOutput, ReplyRouteOutput
from apps.tickets.api.views.base import OfTicket
from apps.tickets.selectors.detail import page_of
from apps.tickets.services.messages import preview


class ReplyRoutes(OfTicket):
    @extend_schema(
        operation_id="tickets_reply_routes_list",
        summary=_("List the channels of an answer"),
        description=_(
            "Every channel on which this customer is reached, the one that is offered first before the others: until when and"
            " how often the platform takes an answer, and why it takes none. A public comment can be answered in public and in"
            " private."
        ),
        responses=ReplyRouteListOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        routes = page_of(self.actor, self.ticket()).composer.routes
        return Response({"results": ReplyRouteOutput(routes, many=True).data})


class ReplyPreview(OfTicket):
    @extend_schema(
        operation_id="tickets_reply_preview_create",
        summary=_("Preview an answer"),
        description=_(
            "What a reply would become on a channel: how many messages, what is lost, why it would be refused. Nothing"
            " is sent and nothing kept."
        ),
        request=PreviewInput,
        responses=PreviewOutput,
    )
    def post(self, request: Request, number: str) -> Response:
        ticket, data = self.ticket(), self.body(PreviewInput)
        html = data.get("html") or text_to_html(data.get("text", ""))
        way = {"channel": data.get("channel"), "is_public": data["is_public"]}
        shown = preview(ticket=ticket, by=self.actor, html=html, **way)
        return Response(PreviewOutput(shown).data)
