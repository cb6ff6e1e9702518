"""What views about one ticket share."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.api.idempotency import concerning
from apps.core.api.versions import tagged
from apps.core.api.views import ApiView, Resource
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.customers.models import Tag
from apps.tickets.api.serializers import TicketOutput
from apps.tickets.models import DraftFile, Ticket
from apps.tickets.selectors.resources import ticket_resources, with_names

M = TypeVar("M", bound=Model)
NUMBER = r"(?P<number>[1-9]\d{0,14})"


def visible_ticket(actor: Actor, number: str | int) -> Ticket:
    found = with_names(Ticket.objects.visible_to(actor)).filter(number=int(number)).first()
    if found is None:
        raise NotVisible
    return found


def tags_by_key(actor: Actor, keys: list[str]) -> list[Tag]:
    """Unknown keys are told by the service's own check: it sees fewer tags than were named."""
    from django.utils.translation import gettext as _

    from apps.core.errors import InvalidInput

    found = list(Tag.objects.visible_to(actor).filter(key__in=keys))
    missing = sorted(set(keys) - {tag.key for tag in found})
    if missing:
        raise InvalidInput(fields={"tags": [_("These tags do not exist: %(names)s") % {"names": ", ".join(missing)}]})
    return found


def upload_id(text: str) -> int:
    """Whether the upload is the writer's own and meant for this ticket is asked by the service."""
    pk = read_public_id(DraftFile, text)
    if pk is None:
        raise NotVisible
    return pk


def ticket_answer(view: ApiView | Resource[Any], ticket: Ticket, status: int = 200) -> Response:
    """The ticket as it is now. Whoever moved it out of their own sight gets it this one last time."""
    fresh = with_names(Ticket.objects.visible_to(view.actor)).filter(pk=ticket.pk).first() or ticket
    (row,) = ticket_resources(view.actor, [fresh])
    context = {"request": view.request, "view": view}
    return tagged(concerning(Response(TicketOutput(row, context=context).data, status=status), fresh), fresh)


class OfTicket(ApiView):
    """An address below one ticket."""

    permission = "tickets.view"

    def ticket(self) -> Ticket:
        return visible_ticket(self.actor, self.kwargs["number"])

    def check_repeat(self) -> None:
        self.ticket()

    def body(self, shape: Any) -> dict[str, Any]:
        serializer = shape(data=self.request.data, context={"request": self.request, "view": self})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ListOfTicket(Resource[M]):
    """A list below one ticket."""

    permission = "tickets.view"

    def ticket(self) -> Ticket:
        return visible_ticket(self.actor, self.kwargs["number"])

    def check_repeat(self) -> None:
        self.ticket()

    def get_queryset(self) -> QuerySet[M]:
        raise NotImplementedError
