from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.errors import InvalidParameter
from apps.core.api.views import ApiView
from apps.core.events import event_types
from apps.tickets.api.serializers import EventPageOutput
from apps.tickets.api.views.base import visible_ticket
from apps.tickets.selectors.feed import event_feed

MAX_LIMIT = 1000


class Events(ApiView):
    permission = "tickets.view"

    def known_parameters(self) -> tuple[str, ...]:
        return ("after", "kinds", "ticket", "limit")

    @extend_schema(
        operation_id="events_list",
        summary=_("Follow what happens"),
        description=_(
            "Facts in the order in which they became known, within the credential's scope. Start with `after=0`, keep"
            " `next_after`, and ask again: no late commit is ever skipped. When `has_more` is false, wait some seconds."
        ),
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT64, description=_("Only events after this position.")),
            OpenApiParameter(
                "kinds", OpenApiTypes.STR, description=_("Kinds separated by commas, as `ticket.opened,message.sent`.")
            ),
            OpenApiParameter("ticket", OpenApiTypes.INT64, description=_("Only events of the ticket of this number.")),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 100}),
        ],
        responses=EventPageOutput,
    )
    def get(self, request: Request) -> Response:
        number = self.integer("ticket", maximum=10**15)
        page = event_feed(
            self.actor,
            after=self.integer("after", maximum=2**62) or 0,
            kinds=self.kinds(),
            ticket=visible_ticket(self.actor, number) if number is not None else None,
            limit=self.integer("limit", minimum=1, maximum=MAX_LIMIT) or 100,
        )
        return Response(EventPageOutput(page_as_dict(page)).data)

    def integer(self, name: str, *, minimum: int = 0, maximum: int) -> int | None:
        text = self.request.query_params.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and minimum <= int(text) <= maximum):
            raise InvalidParameter(name=name)
        return int(text)

    def kinds(self) -> list[str]:
        kinds = [kind for kind in self.request.query_params.get("kinds", "").split(",") if kind]
        if not set(kinds) <= set(event_types()):
            raise InvalidParameter(name="kinds")
        return kinds


def page_as_dict(page: object) -> dict[str, object]:
    return {
        "results": page.rows,  # type: ignore[attr-defined]
        "next_after": page.next_after,  # type: ignore[attr-defined]
        "has_more": page.has_more,  # type: ignore[attr-defined]
    }
