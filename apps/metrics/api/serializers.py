from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.serializers import Output
from apps.metrics.enums import Unit
from apps.metrics.measures import Measure
from apps.metrics.selectors.figures import Told
from apps.metrics.selectors.live import AgentNow, BreachSoon, QueueNow
from apps.routing.enums import Presence
from apps.sla.enums import Target
from apps.tickets.selectors.vocabulary import vocabulary

DEFINITION = {
    "key": "answer_rate",
    "name": "Answer rate",
    "meaning": "How many of those who really waited were answered. Who still waits is not counted yet.",
    "formula": "answered ÷ (asked for a person − abandoned at once − still waiting)",
    "unit": "percent",
    "by": ["queue", "channel", "kind", "day"],
}
FIGURES = {
    "from": "2026-01-30T16:00:00Z",
    "to": "2026-01-31T16:00:00Z",
    "by": "queue",
    "results": [
        {
            "measure": "answer_rate",
            "unit": "percent",
            "figures": [
                {
                    "key": "care",
                    "label": "Customer care",
                    "value": 93.75,
                    "parts": {"offered": 33, "answered": 30, "short_abandoned": 1, "running": 0},
                }
            ],
        }
    ],
}
LIVE = {
    "at": "2026-01-31T04:00:00Z",
    "queues": [
        {
            "queue": "care", "name": "Customer care", "waiting": 3, "oldest_wait": 48, "in_work": 12, "agents_free": 2,
            "service_level_now": 80.0, "service_level_today": 91.3, "answered_today": 84, "abandoned_today": 5,
            "breaches_coming": 1, "goal_percent": 80, "goal_seconds": 30,
        }
    ],
    "agents": [
        {
            "agent": "wang.fang", "name": "Wang Fang", "team": "Care", "vendor": None, "state": "available",
            "reason": "", "since": "2026-01-31T01:00:00Z", "load": 67, "capacity": 3, "chats": 2,
            "oldest_chat_wait": 20,
        }
    ],
    "breaches": [
        {
            "ticket": 1042, "queue": "care", "target": "first_reply", "due_at": "2026-01-31T04:12:00Z",
            "seconds_left": 720, "assignee": "Wang Fang",
        }
    ],
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("measure", value=DEFINITION)])
class MeasureOutput(Output):
    key = serializers.CharField()
    name = serializers.CharField()
    meaning = serializers.CharField()
    formula = serializers.CharField()
    unit = serializers.ChoiceField(choices=Unit.choices)
    by = serializers.ListField(child=serializers.CharField(), help_text=_("What its figures can be told by."))

    @staticmethod
    def row(measure: Measure) -> dict[str, Any]:
        words = {name: str(getattr(measure, name)) for name in ("key", "name", "meaning", "formula", "unit")}
        return {**words, "by": list(measure.table.dimensions)}


class FigureOutput(Output):
    key = serializers.CharField(help_text=_("Of the queue, channel, person …; empty for the whole."))
    label = serializers.CharField()  # type: ignore[assignment]  # a field, as DRF wants it
    value = serializers.FloatField(allow_null=True, help_text=_("Null where there is nothing to divide by."))
    parts = serializers.DictField(child=serializers.FloatField(allow_null=True), help_text=_("What it is made of."))


class MeasuredOutput(Output):
    measure = serializers.CharField()
    unit = serializers.ChoiceField(choices=Unit.choices)
    figures = FigureOutput(many=True)

    @staticmethod
    def row(told: Told) -> dict[str, Any]:
        found = [
            {
                "key": figure.key,
                "label": figure.label,
                "value": None if figure.value is None else round(figure.value, 2),
                "parts": figure.parts,
            }
            for figure in told.figures
        ]
        return {"measure": told.measure.key, "unit": told.measure.unit.value, "figures": found}


@extend_schema_serializer(many=False, examples=[OpenApiExample("definitions", value={"results": [DEFINITION]})])
class MeasureListOutput(Output):
    results = MeasureOutput(many=True)


@extend_schema_serializer(many=False, examples=[OpenApiExample("figures", value=FIGURES)])
class FiguresOutput(Output):
    to = serializers.DateTimeField()
    by = serializers.CharField(allow_blank=True)
    results = MeasuredOutput(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class could give its member."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class QueueNowOutput(Output):
    queue = serializers.CharField()
    name = serializers.CharField()
    waiting = serializers.IntegerField()
    oldest_wait = serializers.IntegerField(allow_null=True, help_text=_("Seconds; null where nothing waits."))
    in_work = serializers.IntegerField()
    agents_free = serializers.IntegerField()
    service_level_now = serializers.FloatField(allow_null=True, help_text=_("Percent, of the last half hour."))
    service_level_today = serializers.FloatField(allow_null=True)
    answered_today = serializers.IntegerField()
    abandoned_today = serializers.IntegerField()
    breaches_coming = serializers.IntegerField(help_text=_("Within the next half hour."))
    goal_percent = serializers.IntegerField()
    goal_seconds = serializers.IntegerField()

    @staticmethod
    def row(row: QueueNow) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in QueueNowOutput._declared_fields if name != "queue"}
        for name in ("service_level_now", "service_level_today"):
            values[name] = None if values[name] is None else round(values[name], 2)
        return {"queue": _queue_key(row.queue_id), **values}


class AgentNowOutput(Output):
    agent = serializers.CharField(source="username")
    name = serializers.CharField()
    team = serializers.CharField()
    vendor = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Presence.choices)
    reason = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    load = serializers.IntegerField(help_text=_("How much of them is taken, in percent."))
    capacity = serializers.IntegerField(help_text=_("How many chats fill them."))
    chats = serializers.IntegerField()
    oldest_chat_wait = serializers.IntegerField(
        allow_null=True, help_text=_("Seconds that a customer in one of their chats waits for an answer.")
    )


class BreachSoonOutput(Output):
    ticket = serializers.IntegerField(source="number")
    queue = serializers.SerializerMethodField()
    target = serializers.ChoiceField(choices=Target.choices)
    due_at = serializers.DateTimeField()
    seconds_left = serializers.IntegerField()
    assignee = serializers.CharField()

    def get_queue(self, row: BreachSoon) -> str:
        return _queue_key(row.queue_id)


@extend_schema_serializer(many=False, examples=[OpenApiExample("live", value=LIVE)])
class LiveOutput(Output):
    at = serializers.DateTimeField()
    queues = QueueNowOutput(many=True)
    agents = AgentNowOutput(many=True)
    breaches = BreachSoonOutput(many=True)

    @staticmethod
    def row(at: Any, queues: list[QueueNow], agents: list[AgentNow], breaches: list[BreachSoon]) -> dict[str, Any]:
        return {"at": at, "queues": list(map(QueueNowOutput.row, queues)), "agents": agents, "breaches": breaches}


def _queue_key(pk: int) -> str:
    queue = vocabulary().queues.get(pk)
    return queue.key if queue else ""
