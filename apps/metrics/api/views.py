"""Figures for BI and wallboards of others. They are the same as on our own screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import Input
from apps.core.api.views import ApiView
from apps.core.clock import now
from apps.metrics.api.serializers import (
    FiguresOutput,
    LiveOutput,
    MeasuredOutput,
    MeasureListOutput,
    MeasureOutput,
)
from apps.metrics.measures import Period, all_measures
from apps.metrics.measures.base import COLUMNS, DAY
from apps.metrics.selectors.figures import figures
from apps.metrics.selectors.live import NOW, agents_now, breaches_soon, queues_now

MOST = 20
BY = (*COLUMNS, DAY)


class Question(Input):
    """The query parameters; `from` is no name that a class could give its member."""

    measure = serializers.CharField(max_length=1000)
    to = serializers.DateTimeField()
    by = serializers.ChoiceField(choices=BY, required=False, default="")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateTimeField(), **super().get_fields()}

    def validate_measure(self, text: str) -> list[str]:
        keys = list(dict.fromkeys(text.split(",")))
        if len(keys) > MOST:
            raise serializers.ValidationError(_("At most %(count)d at once.") % {"count": MOST})
        return keys


class Measures(ApiView):
    permission = "routing.supervise"

    @extend_schema(
        operation_id="metrics_definitions_list",
        summary=_("List the measures"),
        description=_("Which there are, what they mean, and how they are counted."),
        responses=MeasureListOutput,
    )
    def get(self, request: Request) -> Response:
        rows = map(MeasureOutput.row, all_measures().values())
        return Response({"results": MeasureOutput(rows, many=True).data})


class Metrics(ApiView):
    permission = "routing.supervise"

    def known_parameters(self) -> Sequence[str]:
        return ("measure", "from", "to", "by")

    @extend_schema(
        operation_id="metrics_retrieve",
        summary=_("Ask for figures"),
        description=_(
            "Of one or more measures, for what the token's user may see. A fact falls into exactly one of two periods"
            " that follow each other. The schema of measures says by what each can be told."
        ),
        parameters=[
            OpenApiParameter("measure", str, required=True, description=_("Keys, separated by commas.")),
            OpenApiParameter("from", datetime, required=True),
            OpenApiParameter("to", datetime, required=True, description=_("Not included; at most 366 days later.")),
            OpenApiParameter("by", str, enum=BY),
        ],
        responses=FiguresOutput,
    )
    def get(self, request: Request) -> Response:
        question = Question(data=request.query_params.dict(), context={"request": request, "view": self})
        question.is_valid(raise_exception=True)
        asked = question.validated_data
        period = Period(asked["from"], asked["to"])
        told = figures(self.actor, asked["measure"], period, asked["by"])
        answer = {"from": period.since, "to": period.until, "by": asked["by"], "results": map(MeasuredOutput.row, told)}
        return Response(FiguresOutput({**answer, "results": list(answer["results"])}).data)


class Live(ApiView):
    permission = "routing.supervise"

    @extend_schema(
        operation_id="metrics_live_retrieve",
        summary=_("Show the floor now"),
        description=_(
            "Queues, people, and promises that are broken within the next half hour unless something happens."
        ),
        responses=LiveOutput,
    )
    def get(self, request: Request) -> Response:
        row = LiveOutput.row(now(), queues_now(self.actor), agents_now(self.actor), breaches_soon(self.actor, NOW))
        return Response(LiveOutput(row).data)
