from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Output
from apps.core.clock import now
from apps.outsourcing.enums import Afterwards, Bound, ContractState, PricedBy
from apps.outsourcing.models import Contract
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
