from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Output
from apps.core.clock import now
from apps.metrics.enums import Unit
from apps.outsourcing.enums import Afterwards, Bound, ContractState, PricedBy
from apps.outsourcing.models import Contract
from apps.outsourcing.selectors.periods import Span
from apps.outsourcing.selectors.scorecards import Parted, Scorecard, Standing
from apps.privacy.enums import FieldClass


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Keys(serializers.Field[Any, Any, list[str], Any]):
    def to_representation(self, value: Any) -> list[str]:
        return sorted(row.key for row in value.all())


class TermOutput(Output):
    measure = serializers.CharField()
    channel = serializers.CharField(source="channel.key", allow_null=True, default=None)
    bound = serializers.ChoiceField(choices=Bound.choices)
    threshold = serializers.FloatField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "contract",
            value={
                "number": "BL-2026-01",
                "name": {"en": "Evening service", "zh-hans": "晚间客服"},
                "vendor": "brightline",
                "state": "active",
                "is_in_force": True,
                "starts_on": "2026-01-01",
                "ends_on": "2026-12-31",
                "time_zone": "Asia/Shanghai",
                "queues": ["general"],
                "channels": ["support-mail"],
                "categories": ["orders"],
                "covers_all_categories": False,
                "calendar": "standard",
                "share_percent": None,
                "terms": [{"measure": "service_level", "channel": None, "bound": "at_least", "threshold": 90.0}],
                "quality_floor": 85,
                "price": "6.5000",
                "currency": "CNY",
                "priced_by": "contact",
                "purpose": "Answering questions about orders.",
                "data_categories": ["name", "phone"],
                "afterwards": "delete",
                "updated": "2026-01-31T09:00:00Z",
            },
            response_only=True,
        )
    ]
)
class ContractOutput(Output):
    number = serializers.CharField()
    name = TranslatedField(read_only=True)
    vendor = serializers.CharField(source="vendor.key")
    state = serializers.ChoiceField(choices=ContractState.choices)
    is_in_force = serializers.SerializerMethodField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    time_zone = serializers.CharField()
    queues = Keys(read_only=True)
    channels = Keys(read_only=True)
    categories = Keys(read_only=True)
    covers_all_categories = serializers.BooleanField()
    calendar = serializers.CharField(source="calendar.key", allow_null=True, default=None)
    share_percent = serializers.IntegerField(allow_null=True)
    terms = TermOutput(many=True)
    quality_floor = serializers.IntegerField(allow_null=True)
    price = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    currency = serializers.CharField()
    priced_by = serializers.ChoiceField(choices=PricedBy.choices)
    purpose = serializers.CharField()
    data_categories = serializers.ListField(child=serializers.ChoiceField(choices=FieldClass.choices))
    afterwards = serializers.ChoiceField(choices=Afterwards.choices)
    updated = serializers.DateTimeField()

    def get_is_in_force(self, contract: Contract) -> bool:
        return contract.is_in_force(now())


SCORECARD = {
    "contract": "BL-2026-01",
    "vendor": "brightline",
    "period": "month",
    "from": "2026-01-01T00:00:00+08:00",
    "to": "2026-01-31T17:00:00+08:00",
    "terms": [
        {
            "measure": "sla_attainment", "channel": None, "unit": "percent", "bound": "at_least", "threshold": 90.0,
            "value": 91.25, "is_met": True, "gap": 1.25, "of_lines": False, "today": 88.0, "last_7_days": 90.5,
            "this_month": 91.25, "weeks": [None, None, 92.0, 93.1, 90.2, 89.9, 91.0, 90.5], "house": 95.0,
        }
    ],
    "figures": [{"measure": "contacts", "unit": "count", "value": 120.0, "house": 340.0}],
    "share": {"agreed": 30, "actual": 26.09},
    "agents": [{"key": "zhou.yiming", "label": "Zhou Yiming", "figures": {"contacts": 70.0, "csat": 92.5}}],
    "channels": [{"key": "support-mail", "label": "Support mail", "figures": {"contacts": 50.0, "csat": None}}],
}  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


class ScorecardTermOutput(Output):
    measure = serializers.CharField()
    channel = serializers.CharField(allow_null=True)
    unit = serializers.ChoiceField(choices=Unit.choices)
    bound = serializers.ChoiceField(choices=Bound.choices)
    threshold = serializers.FloatField()
    value = serializers.FloatField(allow_null=True, help_text=_("Null where nothing was measured."))
    is_met = serializers.BooleanField(allow_null=True)
    gap = serializers.FloatField(
        allow_null=True, help_text=_("How much better than agreed; below zero, how much is missing.")
    )
    of_lines = serializers.BooleanField(help_text=_("Nobody stands behind it: it is the figure of the lines served."))
    today = serializers.FloatField(allow_null=True)
    last_7_days = serializers.FloatField(allow_null=True)
    this_month = serializers.FloatField(allow_null=True)
    weeks = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text=_("Up to eight, the oldest first; the last ends now.")
    )
    house = serializers.FloatField(allow_null=True, help_text=_("For the house only."))

    @staticmethod
    def row(standing: Standing) -> dict[str, Any]:
        term, spans = standing.term, standing.by_span
        return {
            "measure": term.measure,
            "channel": term.channel.key if term.channel else None,
            "unit": standing.measure.unit.value,
            "bound": term.bound,
            "threshold": term.threshold,
            "value": _rounded(standing.value),
            "is_met": standing.is_met,
            "gap": _rounded(standing.gap),
            "of_lines": standing.is_of_lines,
            "today": _rounded(spans[Span.TODAY]),
            "last_7_days": _rounded(spans[Span.WEEK]),
            "this_month": _rounded(spans[Span.MONTH]),
            "weeks": [_rounded(week) for week in standing.weeks],
            "house": _rounded(standing.house),
        }


class ScorecardFigureOutput(Output):
    measure = serializers.CharField()
    unit = serializers.ChoiceField(choices=Unit.choices)
    value = serializers.FloatField(allow_null=True)
    house = serializers.FloatField(allow_null=True, help_text=_("For the house only."))


class ScorecardShareOutput(Output):
    agreed = serializers.IntegerField(allow_null=True)
    actual = serializers.FloatField(allow_null=True, help_text=_("Percent of the conversations that anybody held."))


class ScorecardLineOutput(Output):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, as DRF wants it
    figures = serializers.DictField(child=serializers.FloatField(allow_null=True))


@extend_schema_serializer(many=False, examples=[OpenApiExample("scorecard", value=SCORECARD, response_only=True)])
class ScorecardOutput(Output):
    contract = serializers.CharField()
    vendor = serializers.CharField()
    period = serializers.ChoiceField(choices=Span.choices)
    to = serializers.DateTimeField(allow_null=True, help_text=_("Null where the contract was not in force."))
    terms = ScorecardTermOutput(many=True)
    figures = ScorecardFigureOutput(many=True)
    share = ScorecardShareOutput()
    agents = ScorecardLineOutput(many=True)
    channels = ScorecardLineOutput(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class could give its member."""
        return {"from": serializers.DateTimeField(allow_null=True), **super().get_fields()}

    @staticmethod
    def row(card: Scorecard) -> dict[str, Any]:
        return {
            "contract": card.contract.number,
            "vendor": card.contract.vendor.key,
            "period": card.span.value,
            "from": card.period.since if card.period else None,
            "to": card.period.until if card.period else None,
            "terms": [ScorecardTermOutput.row(standing) for standing in card.standings],
            "figures": [
                {
                    "measure": row.measure.key,
                    "unit": row.measure.unit.value,
                    "value": _rounded(row.own),
                    "house": _rounded(row.house),
                }
                for row in card.beside
            ],
            "share": {"agreed": card.planned_share, "actual": _rounded(card.actual_share)},
            "agents": _lines(card.agents),
            "channels": _lines(card.channels),
        }


def _lines(parted: Parted) -> list[dict[str, Any]]:
    keys = [measure.key for measure in parted.measures]
    return [
        {
            "key": line.key,
            "label": line.label,
            "figures": dict(zip(keys, map(_rounded, line.values), strict=True)),
        }
        for line in parted.lines
    ]
