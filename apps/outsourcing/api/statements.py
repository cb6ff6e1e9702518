"""What a vendor is owed for a month, and what its contract asks of its people."""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView, Resource
from apps.core.errors import PermissionRefused
from apps.outsourcing.api.filters import StatementFilter
from apps.outsourcing.api.statement_serializers import (
    DutiesOutput,
    StatementMoveInput,
    StatementOutput,
    duties_row,
)
from apps.outsourcing.models import Statement
from apps.outsourcing.querysets import sees_statements
from apps.outsourcing.selectors.duties import people_who_missed
from apps.outsourcing.selectors.scorecards import contract_measured_for
from apps.outsourcing.selectors.statements import statements_for
from apps.outsourcing.services import statements as services

RUN: Final[dict[str, Callable[..., Statement]]] = {
    "send": services.send_statement,
    "dispute": services.dispute_statement,
    "agree": services.agree_to_statement,
    "close": services.close_statement,
    "comment": services.comment_on_statement,
}


@extend_schema_view(
    list=extend_schema(
        summary=_("List statements"),
        description=_("All of them for the house's managers; those that were sent to it for a vendor's manager."),
    ),
    retrieve=extend_schema(
        summary=_("Show a statement"), description=_("Figures and definitions are those of the day it was made.")
    ),
)
class Statements(Resource[Statement]):
    serializer_class = StatementOutput
    filterset_class = StatementFilter
    lookup_field = "public_id"
    orderings = {"-month": ("-month", "-id")}
    queryset = Statement.objects.none()

    def get_queryset(self) -> QuerySet[Statement]:
        if not sees_statements(self.actor):
            raise PermissionRefused
        return statements_for(self.actor).prefetch_related("comments__author")

    @extend_schema(
        summary=_("Decide about a statement"),
        description=_(
            "Each side speaks for itself: the house sends, closes and computes anew; the vendor disputes and agrees."
        ),
        request=StatementMoveInput,
        responses=StatementOutput,
    )
    def move(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row, data = self.get_object(), self.read(StatementMoveInput)
        if data["move"] == "redraft":
            row = services.redraft_statement(statement=row, by=self.actor, reason=data["text"])
        else:
            row = RUN[data["move"]](statement=row, by=self.actor, text=data["text"])
        return self.shown(self.get_queryset().get(pk=row.pk))


class ContractDuties(ApiView):
    @extend_schema(
        operation_id="contracts_duties_retrieve",
        summary=_("Show the duties of a contract"),
        description=_(
            "What it asks of the vendor's people, and how often each of them let it pass: for who may read its scorecard."
        ),
        responses=DutiesOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        contract = contract_measured_for(self.actor, number)
        return Response(DutiesOutput(duties_row(contract, people_who_missed(contract.vendor))).data)
