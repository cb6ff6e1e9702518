from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import Input
from apps.core.api.views import ApiView, Resource
from apps.outsourcing.api.filters import ContractFilter
from apps.outsourcing.api.serializers import ContractOutput, ScorecardOutput
from apps.outsourcing.models import Contract
from apps.outsourcing.querysets import MANAGE
from apps.outsourcing.selectors.periods import Span
from apps.outsourcing.selectors.scorecards import contract_measured_for, scorecard


@extend_schema_view(
    list=extend_schema(
        summary=_("List contracts"),
        description=_("What was agreed with vendors, for credentials of who manages people."),
    ),
    retrieve=extend_schema(summary=_("Show a contract"), description=_("One contract, by its number.")),
)
class Contracts(Resource[Contract]):
    serializer_class = ContractOutput
    filterset_class = ContractFilter
    lookup_field = "number"
    permission = MANAGE
    orderings = {"number": ("number",), "-updated": ("-updated", "-id")}
    queryset = Contract.objects.none()

    def get_queryset(self) -> QuerySet[Contract]:
        return Contract.objects.visible_to(self.actor).whole()


class Question(Input):
    period = serializers.ChoiceField(choices=Span.choices, required=False, default=Span.MONTH)


class ContractScorecard(ApiView):
    def known_parameters(self) -> Sequence[str]:
        return ("period",)

    @extend_schema(
        operation_id="contracts_scorecard_retrieve",
        summary=_("Show a vendor's scorecard"),
        description=_(
            "What was agreed beside what is measured: for the house any vendor's, with the house's own figures; for who"
            " supervises a vendor's people their own company's, without them."
        ),
        parameters=[OpenApiParameter("period", str, enum=Span.values)],
        responses=ScorecardOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        question = Question(data=request.query_params.dict(), context={"request": request, "view": self})
        question.is_valid(raise_exception=True)
        contract = contract_measured_for(self.actor, number)
        card = scorecard(contract, Span(question.validated_data["period"]), actor=self.actor)
        return Response(ScorecardOutput(ScorecardOutput.row(card)).data)
