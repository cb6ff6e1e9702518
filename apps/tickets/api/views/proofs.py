from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.tickets.api.serializers import MessageOutput, ProofInput
from apps.tickets.api.views.base import ListOfTicket
from apps.tickets.api.views.messages import message_answer
from apps.tickets.models import Message
from apps.tickets.services import proving


class TicketProofs(ListOfTicket[Message]):
    serializer_class = MessageOutput
    permission_by_action = {"create": "tickets.reply"}
    queryset = Message.objects.none()

    @extend_schema(
        operation_id="tickets_proofs_create",
        summary=_("Ask a customer for a proof"),
        description=_(
            "Sends a one-time code or a link to a phone number or an address that the customer says is theirs. The code"
            " is told to nobody else; what comes of it stands on the timeline and is told as events. Counted by handle."
        ),
        request=ProofInput,
        responses={201: MessageOutput},
    )
    def create(self, request: Request, number: str) -> Response:
        ticket = self.ticket()
        message = proving.request_proof(ticket=ticket, by=self.actor, **self.read(ProofInput))
        return message_answer(self, ticket, message)
