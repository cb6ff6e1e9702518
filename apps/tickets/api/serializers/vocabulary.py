from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Output
from apps.tickets.api.serializers.examples import shown


@extend_schema_serializer(
    examples=[shown({"key": "service", "name": {"en": "Service", "zh-hans": "客服"}, "is_active": True})]
)
class QueueOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    is_active = serializers.BooleanField()


@extend_schema_serializer(
    examples=[
        shown(
            {
                "key": "delivery",
                "name": {"en": "Delivery", "zh-hans": "配送"},
                "parent": None,
                "is_active": True,
                "required_on_resolve": ["summary"],
            }
        )
    ]
)
class CategoryOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    parent = serializers.CharField(source="parent.key", allow_null=True)  # type: ignore[assignment]
    is_active = serializers.BooleanField()
    required_on_resolve = serializers.ListField(
        child=serializers.CharField(), help_text=_("What a wrap-up must hold: category, tags, summary, outcome.")
    )
