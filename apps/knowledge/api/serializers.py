from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Output
from apps.knowledge.enums import SnippetScope


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "snippet",
            value={
                "id": 12,
                "scope": "all",
                "shortcut": "thanks",
                "title": {"en": "Thanks", "zh-hans": "感谢"},
                "body": {"en": "<p>Thank you, {{customer.name}}.</p>"},
                "team": None,
                "owner": "manager",
                "updated": "2026-01-31T09:00:00Z",
            },
        )
    ]
)
class SnippetOutput(Output):
    id = serializers.IntegerField()
    scope = serializers.ChoiceField(choices=SnippetScope.choices)
    shortcut = serializers.CharField()
    title = TranslatedField(read_only=True)
    body = TranslatedField(read_only=True)
    team = serializers.CharField(source="team.key", allow_null=True)
    owner = serializers.CharField(source="owner.username")
    updated = serializers.DateTimeField()
