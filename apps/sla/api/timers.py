"""What is promised for a ticket, and what became of it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import Output
from apps.sla.enums import Measure, Target, TimerState
from apps.sla.models import Timer
from apps.tickets.api.views.base import OfTicket

EXAMPLE = {
    "target": "first_reply",
    "state": "running",
    "policy": "standard",
    "minutes": 60,
    "measure": "working",
    "started_at": "2026-01-31T09:00:00Z",
    "due_at": "2026-01-31T10:00:00Z",
    "ended_at": None,
    "warned_percent": 0,
}


class TimerOutput(Output):
    target = serializers.ChoiceField(choices=Target.choices)
    state = serializers.ChoiceField(choices=TimerState.choices)
    policy = serializers.SerializerMethodField(help_text=_("Key of the service level; null when it is gone."))
    minutes = serializers.IntegerField()
    measure = serializers.ChoiceField(choices=Measure.choices)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("Null while paused."))
    ended_at = serializers.DateTimeField(allow_null=True)
    warned_percent = serializers.IntegerField(source="warned", help_text=_("The last warning that was told; 0: none."))

    def get_policy(self, timer: Timer) -> str | None:
        return timer.policy.key if timer.policy else None


@extend_schema_serializer(many=False, examples=[OpenApiExample("timers", value={"results": [EXAMPLE]})])
class TimerListOutput(Output):
    results = TimerOutput(many=True)


class Timers(OfTicket):
    @extend_schema(
        operation_id="tickets_timers_list",
        summary=_("List the timers of a ticket"),
        description=_(
            "What its service level promises and promised, the oldest first: when it is due, and what became of it."
        ),
        responses=TimerListOutput,
    )
    def get(self, request: Request, number: str) -> Response:
        rows: Any = Timer.objects.visible_to(self.actor).filter(ticket=self.ticket())
        return Response({"results": TimerOutput(rows.select_related("policy").order_by("pk"), many=True).data})
